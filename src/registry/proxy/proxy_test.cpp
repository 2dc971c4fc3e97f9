// SPDX-License-Identifier: Apache-2.0
#include "base/base64.hpp"
#include "base/error.hpp"
#include "registry/proxy/proxy.hpp"
#include "testing/errors.hpp"
#include "testing/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace strata::registry {
namespace {

using namespace std::chrono_literals;
using strata::testing::FailsWith;
using strata::testing::TempDir;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(Challenge, IsReadWithItsParameters)
{
    const auto bearer = Challenge::parse(
        R"(Bearer realm="https://auth.example.com/token",Service="a \"b\"" , scope=x)");
    ASSERT_TRUE(bearer);
    EXPECT_EQ(bearer->scheme, "bearer");
    EXPECT_EQ(bearer->parameters.at("realm"), "https://auth.example.com/token");
    EXPECT_EQ(bearer->parameters.at("service"), "a \"b\"");
    EXPECT_EQ(bearer->parameters.at("scope"), "x");
    EXPECT_EQ(Challenge::parse("basic")->scheme, "basic");
    for (const char* const bad : {"", "Bearer realm", "Bearer realm=\"x", "Bearer =x", "\"x\""}) {
        EXPECT_FALSE(Challenge::parse(bad)) << bad;
    }
}

TEST(Upstream, KnowsItsNames)
{
    const Upstream hub{
        {.url = "https://registry-1.docker.io", .prefix = "hub", .local = {"hub/own/*"}}, {}};
    EXPECT_EQ(hub.name_there("hub/busybox"), "library/busybox");
    EXPECT_EQ(hub.name_there("hub/team/app"), "team/app");
    EXPECT_EQ(hub.name_there("hub/own/app"), std::nullopt);
    EXPECT_EQ(hub.name_there("hubby/app"), std::nullopt);
    EXPECT_EQ(hub.name_there("hub"), std::nullopt);
    EXPECT_TRUE(hub.is_called("docker.io"));
    EXPECT_FALSE(hub.is_called("quay.io"));
    const Upstream other{{.url = "http://localhost:5000/"}, {}};
    EXPECT_EQ(other.name_there("a/b"), "a/b");
    EXPECT_TRUE(other.is_called("localhost:5000"));
}

/// Bytes that come piece by piece, when they are let through.
class GatedSource final : public io::Source {
public:
    struct Gate {
        std::mutex mutex;
        std::condition_variable changed;
        std::size_t allowed = 0;
        void allow(std::size_t bytes)
        {
            const std::scoped_lock lock{mutex};
            allowed += bytes;
            changed.notify_all();
        }
    };
    GatedSource(std::string bytes, std::shared_ptr<Gate> gate)
        : bytes_{std::move(bytes)}, gate_{std::move(gate)}
    {
    }
    std::size_t read(std::span<std::byte> into) override
    {
        if (at_ == bytes_.size()) {
            return 0;
        }
        std::size_t count = std::min(into.size(), bytes_.size() - at_);
        if (gate_) {
            std::unique_lock lock{gate_->mutex};
            gate_->changed.wait(lock, [&] { return gate_->allowed > at_; });
            count = std::min(count, gate_->allowed - at_);
        }
        std::memcpy(into.data(), bytes_.data() + at_, count);
        at_ += count;
        return count;
    }

private:
    std::string bytes_;
    std::shared_ptr<Gate> gate_;
    std::size_t at_ = 0;
};

/// Another registry, as far as a proxy asks it.
class FakeUpstream {
public:
    Outbound outbound()
    {
        return [this](http::ClientRequest request) { return answer(std::move(request)); };
    }

    void serve(const std::string& path, std::string bytes) { content_[path] = std::move(bytes); }
    void link(const std::string& path, std::string link) { links_[path] = std::move(link); }
    void type(std::string media_type) { type_ = std::move(media_type); }
    void remove(const std::string& path) { content_.erase(path); }
    void gate(std::shared_ptr<GatedSource::Gate> gate) { gate_ = std::move(gate); }
    void go_down(bool down) { down_ = down; }
    void want_tokens() { wants_tokens_ = true; }

    std::vector<std::string> asked()
    {
        const std::scoped_lock lock{mutex_};
        return asked_;
    }
    std::size_t times_asked(const std::string& what)
    {
        const std::vector<std::string> all = asked();
        return static_cast<std::size_t>(std::ranges::count(all, what));
    }

private:
    static constexpr std::string_view kUrl = "http://upstream";

    http::ClientResponse answer(http::ClientRequest request)
    {
        const std::scoped_lock lock{mutex_};
        asked_.push_back(request.method + " " + request.url.substr(kUrl.size()));
        if (down_) {
            throw Error{Errc::unavailable, request.url + ": connection refused"};
        }
        std::string authorization;
        for (const http::Field& field : request.fields) {
            authorization = field.name == "Authorization" ? field.value : authorization;
        }
        if (request.url.starts_with("http://upstream/token")) {
            EXPECT_EQ(authorization, "Basic " + encode_base64("ada:secret"));
            return respond(200, R"({"token":"good","expires_in":300})", {}, "GET");
        }
        if (wants_tokens_ && authorization != "Bearer good") {
            return respond(
                401, "",
                {{"Www-Authenticate", R"(Bearer realm="http://upstream/token",service="s")"}},
                request.method);
        }
        const auto found = content_.find(request.url.substr(kUrl.size()));
        if (found == content_.end()) {
            return respond(404, "", {}, request.method);
        }
        const std::string& bytes = found->second;
        return respond(200, bytes,
                       {{"Docker-Content-Digest", Digest::of(bytes).str()},
                        {"Content-Type", type_},
                        {"Link", links_[found->first]}},
                       request.method);
    }

    http::ClientResponse respond(std::uint16_t status, const std::string& bytes,
                                 std::vector<http::Field> fields, std::string_view method)
    {
        http::ClientResponse response;
        response.status = status;
        response.fields = std::move(fields);
        response.length = bytes.size();
        response.body = std::make_unique<GatedSource>(method == "HEAD" ? "" : bytes, gate_);
        return response;
    }

    std::mutex mutex_;
    std::map<std::string, std::string> content_;
    std::map<std::string, std::string> links_;
    std::string type_ = "application/vnd.oci.image.manifest.v1+json";
    std::vector<std::string> asked_;
    std::shared_ptr<GatedSource::Gate> gate_;
    std::atomic<bool> down_{false};
    std::atomic<bool> wants_tokens_{false};
};

class ProxyTest : public ::testing::Test {
protected:
    ProxyTest() { open(); }

    void open()
    {
        proxy_.reset();
        proxy_ = std::make_unique<Proxy>(
            std::vector{config_},
            Proxy::Parts{.root = folder_.path().string(),
                         .metadata = *metadata_,
                         .files = *files_,
                         .metrics = metrics_,
                         .outbound = upstream_.outbound(),
                         .understand =
                             [](const Digest& digest, auto bytes, std::string_view type) {
                                 return NewManifest{.digest = digest,
                                                    .media_type = std::string{type},
                                                    .bytes = std::move(bytes),
                                                    .references = {{.kind = Reference::Kind::layer,
                                                                    .digest = Digest::of("blob")}}};
                             },
                         .changed = [this](auto repository, const Digest&,
                                           const auto&) { changed_.emplace_back(repository); },
                         .notice = [this](const std::string& text) { notices_.push_back(text); }});
    }

    std::string read(Proxy::Stream stream)
    {
        EXPECT_TRUE(stream.body);
        return stream.body ? io::read_all(*stream.body->source, 1 << 20) : "";
    }

    std::string cached(const Digest& digest, const std::string& repository = "hub/app")
    {
        const auto open = files_->open(digest);
        return open && metadata_->find_blob(repository, digest)
                   ? std::string(open->size, 'x') // its size, which is enough
                   : "";
    }

    TempDir folder_;
    std::unique_ptr<Metadata> metadata_ = open_sqlite_metadata(folder_.path().string());
    std::unique_ptr<BlobFiles> files_ = open_blob_files(folder_.path());
    Metrics metrics_;
    FakeUpstream upstream_;
    UpstreamConfig config_{.url = "http://upstream", .prefix = "hub", .ns = "hub.example.com"};
    std::vector<std::string> changed_;
    std::vector<std::string> notices_;
    std::unique_ptr<Proxy> proxy_;
};

TEST_F(ProxyTest, FetchesAManifestOnceAndAsksWhetherItIsStillTheSame)
{
    upstream_.serve("/v2/app/manifests/1", "{}");

    EXPECT_EQ(proxy_->fresh_tag("hub/app", "1"), Digest::of("{}"));
    EXPECT_EQ(proxy_->fresh_tag("hub/app", "1"), Digest::of("{}"));

    EXPECT_THAT(upstream_.asked(),
                ElementsAre("GET /v2/app/manifests/1", "HEAD /v2/app/manifests/1"));
    EXPECT_EQ(*metadata_->find_tag("hub/app", "1")->bytes, "{}");
}

TEST_F(ProxyTest, FollowsATagThatMoves)
{
    upstream_.serve("/v2/app/manifests/1", "{}");
    proxy_->fresh_tag("hub/app", "1");
    upstream_.serve("/v2/app/manifests/1", "{ }");

    EXPECT_EQ(proxy_->fresh_tag("hub/app", "1"), Digest::of("{ }"));

    EXPECT_EQ(metadata_->find_tag("hub/app", "1")->digest, Digest::of("{ }"));
    EXPECT_THAT(changed_, ElementsAre("hub/app", "hub/app"));
}

TEST_F(ProxyTest, AsksNobodyWhileATagIsFresh)
{
    config_.revalidate = 1h;
    open();
    upstream_.serve("/v2/app/manifests/1", "{}");
    EXPECT_FALSE(proxy_->is_fresh("hub/app", "1"));
    proxy_->fresh_tag("hub/app", "1");

    EXPECT_TRUE(proxy_->is_fresh("hub/app", "1"));
    proxy_->fresh_tag("hub/app", "1");

    EXPECT_THAT(upstream_.asked(), ElementsAre("GET /v2/app/manifests/1"));
}

TEST_F(ProxyTest, GivesOutWhatIsHereWhileTheUpstreamIsDown)
{
    upstream_.serve("/v2/app/manifests/1", "{}");
    proxy_->fresh_tag("hub/app", "1");
    upstream_.go_down(true);

    EXPECT_EQ(proxy_->fresh_tag("hub/app", "1"), Digest::of("{}"));
    EXPECT_THAT([&] { proxy_->fresh_tag("hub/app", "2"); }, FailsWith(Errc::unavailable));
}

TEST_F(ProxyTest, TellsTheLogAndNobodyElseWhatTheUpstreamIsCalled)
{
    const Digest digest = Digest::of("blob");
    upstream_.go_down(true);
    const std::vector<std::function<void()>> attempts{
        [&] { proxy_->fresh_tag("hub/app", "1"); },
        [&] { proxy_->fetch_manifest("hub/app", digest); },
        [&] { proxy_->blob_size("hub/app", digest); },
        [&] { proxy_->fetch_blob("hub/app", digest); },
    };

    for (const auto& attempt : attempts) {
        try {
            attempt();
            ADD_FAILURE() << "it did not fail";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), Errc::unavailable);
            EXPECT_THAT(error.message(), Not(HasSubstr("upstream")));
        }
    }
    EXPECT_EQ(notices_.size(), 4U);
    EXPECT_THAT(notices_, Each(HasSubstr("http://upstream/v2/app/")));
}

TEST_F(ProxyTest, ATagThatIsGoneThereIsGoneHere)
{
    upstream_.serve("/v2/app/manifests/1", "{}");
    proxy_->fresh_tag("hub/app", "1");
    upstream_.remove("/v2/app/manifests/1");

    EXPECT_EQ(proxy_->fresh_tag("hub/app", "1"), std::nullopt);
    EXPECT_FALSE(metadata_->find_tag("hub/app", "1"));
    EXPECT_EQ(proxy_->fresh_tag("hub/app", "2"), std::nullopt);
}

TEST_F(ProxyTest, KeepsNoManifestThatIsNotWhatItIsCalled)
{
    const Digest wanted = Digest::of("wanted");
    upstream_.serve("/v2/app/manifests/" + wanted.str(), "other");
    EXPECT_THAT([&] { proxy_->fetch_manifest("hub/app", wanted); }, FailsWith(Errc::unavailable));
    EXPECT_THAT(notices_, Contains(HasSubstr("sent other bytes")));
    EXPECT_FALSE(metadata_->find_manifest("hub/app", wanted));

    upstream_.serve("/v2/app/manifests/" + wanted.str(), "wanted");
    EXPECT_TRUE(proxy_->fetch_manifest("hub/app", wanted));
    EXPECT_TRUE(metadata_->find_manifest("hub/app", wanted));
    EXPECT_FALSE(proxy_->fetch_manifest("hub/app", Digest::of("nothing")));
}

TEST_F(ProxyTest, ListsTagsAsTheUpstreamDoes)
{
    upstream_.serve("/v2/app/tags/list?n=2", R"({"name":"app","tags":["b","a"]})");
    upstream_.link("/v2/app/tags/list?n=2", R"(</v2/app/tags/list?last=a&n=2>; rel="next")");
    upstream_.serve("/v2/app/tags/list?last=a&n=2", R"({"name":"app","tags":null})");

    for (int asked = 0; asked < 2; ++asked) {
        const auto page = proxy_->list_tags("hub/app", "n=2");
        ASSERT_TRUE(page);
        EXPECT_THAT(page->names, ElementsAre("b", "a"));
        EXPECT_EQ(page->next, "last=a&n=2");
    }
    EXPECT_THAT(proxy_->list_tags("hub/app", "last=a&n=2")->names, IsEmpty());
    EXPECT_FALSE(proxy_->list_tags("hub/nothing", ""));
    EXPECT_EQ(upstream_.times_asked("GET /v2/app/tags/list?n=2"), 1U); // believed for a while
    upstream_.serve("/v2/app/tags/list", "<html>");
    EXPECT_THAT([&] { proxy_->list_tags("hub/app", ""); }, FailsWith(Errc::unavailable));
}

TEST_F(ProxyTest, ListsReferrersAsTheUpstreamDoesOrItsClientsDo)
{
    const Digest subject = Digest::of("subject");
    const std::string index =
        R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]})";
    EXPECT_FALSE(proxy_->list_referrers("hub/app", subject, ""));

    upstream_.serve("/v2/app/manifests/sha256-" + subject.hex(), index);
    upstream_.type("application/vnd.oci.image.index.v1+json");
    ASSERT_TRUE(proxy_->list_referrers("hub/app", subject, ""));
    EXPECT_EQ(*proxy_->list_referrers("hub/app", subject, "")->body, index);

    const std::string path = "/v2/app/referrers/" + subject.str();
    upstream_.serve(path, index + "\n");
    EXPECT_EQ(*proxy_->list_referrers("hub/app", subject, "")->body, index + "\n");
    upstream_.serve(path + "?artifactType=a", "{}");
    EXPECT_THAT([&] { proxy_->list_referrers("hub/app", subject, "artifactType=a"); },
                FailsWith(Errc::unavailable));
}

TEST_F(ProxyTest, StreamsABlobToEverybodyWhileItArrivesOnce)
{
    const std::string bytes(100'000, 'b');
    const Digest digest = Digest::of(bytes);
    const std::string path = "/v2/app/blobs/" + digest.str();
    upstream_.serve(path, bytes);
    const auto gate = std::make_shared<GatedSource::Gate>();
    upstream_.gate(gate);

    Proxy::Stream first = proxy_->stream_blob("hub/app", digest);
    ASSERT_TRUE(first.body);
    EXPECT_EQ(first.body->length, bytes.size());
    gate->allow(50'000);
    std::string begin(40'000, '\0'); // arrives before the upstream has sent the rest
    EXPECT_EQ(io::read_full(*first.body->source, std::as_writable_bytes(std::span{begin})),
              40'000U);
    std::vector<std::thread> others;
    std::atomic<int> whole{0};
    for (int i = 0; i < 8; ++i) {
        others.emplace_back([&] {
            Proxy::Stream stream = proxy_->stream_blob("hub/app", digest);
            const std::string got =
                stream.body ? io::read_all(*stream.body->source, 1 << 20) : std::string{};
            whole += stream.stored || got == bytes ? 1 : 0;
        });
    }
    gate->allow(1'000'000);
    const std::string rest = io::read_all(*first.body->source, 1 << 20);
    for (std::thread& other : others) {
        other.join();
    }

    EXPECT_EQ(begin + rest, bytes);
    EXPECT_EQ(whole, 8);
    EXPECT_EQ(upstream_.times_asked("GET " + path), 1U);
    EXPECT_TRUE(proxy_->fetch_blob("hub/app", digest));
    EXPECT_EQ(cached(digest).size(), bytes.size());
    EXPECT_TRUE(proxy_->stream_blob("hub/app", digest).stored);
    EXPECT_EQ(metrics_.proxied(ProxyKind::blob, ProxyEvent::pulled_bytes), bytes.size());
    EXPECT_GE(metrics_.proxied(ProxyKind::blob, ProxyEvent::pushed_bytes), bytes.size());
}

TEST_F(ProxyTest, NobodyGetsTheWholeOfABlobThatIsNotWhatItIsCalled)
{
    const Digest digest = Digest::of("wanted");
    upstream_.serve("/v2/app/blobs/" + digest.str(), "other!");

    // It fails while it is read, or before that, if all of it had arrived by then.
    const auto read_it = [&] {
        const Proxy::Stream stream = proxy_->stream_blob("hub/app", digest);
        io::read_all(*stream.body.value().source, 100);
    };
    EXPECT_THAT(read_it, FailsWith(Errc::unavailable));
    EXPECT_EQ(cached(digest), "");
    EXPECT_THAT(metadata_->list_uploads_idle_since(now() + 1h, 10), IsEmpty());
}

TEST_F(ProxyTest, SaysWhatIsNotThere)
{
    const Digest digest = Digest::of("nothing");

    EXPECT_FALSE(proxy_->stream_blob("hub/app", digest).body);
    EXPECT_FALSE(proxy_->fetch_blob("hub/app", digest));
    EXPECT_EQ(proxy_->blob_size("hub/app", digest), std::nullopt);
    EXPECT_FALSE(metadata_->has_repository("hub/app"));
}

TEST_F(ProxyTest, TakesABlobOfANeighbourOnlyIfTheUpstreamHasIt)
{
    const Digest digest = Digest::of("blob");
    upstream_.serve("/v2/app/blobs/" + digest.str(), "blob");
    proxy_->fetch_blob("hub/app", digest);

    EXPECT_FALSE(proxy_->fetch_blob("hub/other", digest));
    upstream_.serve("/v2/other/blobs/" + digest.str(), "blob");
    EXPECT_TRUE(proxy_->fetch_blob("hub/other", digest));

    EXPECT_EQ(upstream_.times_asked("HEAD /v2/other/blobs/" + digest.str()), 2U);
    EXPECT_NE(cached(digest, "hub/other"), "");
}

TEST_F(ProxyTest, AnswersChallengesAndRemembersTheToken)
{
    config_.username = "ada";
    config_.password = "secret";
    open();
    upstream_.want_tokens();
    upstream_.serve("/v2/app/manifests/1", "{}");

    proxy_->fresh_tag("hub/app", "1");
    proxy_->fresh_tag("hub/app", "1");

    EXPECT_THAT(upstream_.asked(),
                ElementsAre("GET /v2/app/manifests/1",
                            "GET /token?service=s&scope=repository%3Aapp%3Apull",
                            "GET /v2/app/manifests/1", "HEAD /v2/app/manifests/1"));
}

TEST_F(ProxyTest, EvictsWhatWasNotUsedForLongestWhenThereIsTooMuch)
{
    config_.max_bytes = 10;
    open();
    std::vector<Digest> digests;
    for (const char* const text : {"aaaa", "bbbb", "cccc"}) {
        digests.push_back(Digest::of(text));
        upstream_.serve("/v2/app/blobs/" + digests.back().str(), text);
        ASSERT_TRUE(proxy_->fetch_blob("hub/app", digests.back()));
    }
    proxy_->used("hub/app", digests[0], 4);

    proxy_->evict();

    EXPECT_NE(cached(digests[0]), "");
    EXPECT_EQ(cached(digests[1]), "");
    EXPECT_FALSE(files_->open(digests[1]));
    EXPECT_NE(cached(digests[2]), "");
    EXPECT_TRUE(proxy_->fetch_blob("hub/app", digests[1])); // can be had again
}

TEST_F(ProxyTest, EvictsABlobThatCachedManifestsName)
{
    config_.max_bytes = 1;
    open();
    const Digest digest = Digest::of("blob");
    upstream_.serve("/v2/app/manifests/1", "{}");
    upstream_.serve("/v2/app/blobs/" + digest.str(), "blob");
    proxy_->fresh_tag("hub/app", "1");
    proxy_->fetch_blob("hub/app", digest);

    proxy_->evict();

    EXPECT_FALSE(files_->open(digest));
    EXPECT_TRUE(metadata_->find_tag("hub/app", "1"));
    EXPECT_THAT(metadata_->list_missing("hub/app"), IsEmpty()); // it may be missing
}

TEST_F(ProxyTest, MapsNamesThatAreAskedForWithANamespace)
{
    EXPECT_EQ(proxy_->local_name("app", "hub.example.com"), "hub/app");
    EXPECT_EQ(proxy_->local_name("app", "elsewhere"), "app");
    EXPECT_EQ(proxy_->local_name("app", ""), "app");
    EXPECT_TRUE(proxy_->is_mirror("hub/app"));
    EXPECT_FALSE(proxy_->is_mirror("own/app"));
}

TEST_F(ProxyTest, BreaksOffWhatIsOnItsWayWhenItEnds)
{
    const Digest digest = Digest::of("blob");
    upstream_.serve("/v2/app/blobs/" + digest.str(), "blob");
    const auto gate = std::make_shared<GatedSource::Gate>();
    upstream_.gate(gate);
    const Proxy::Stream stream = proxy_->stream_blob("hub/app", digest);
    ASSERT_TRUE(stream.body);
    gate->allow(100);

    proxy_.reset(); // waits for the thread that fills

    EXPECT_THAT(metadata_->list_uploads_idle_since(now() + 1h, 10), IsEmpty());
}

} // namespace
} // namespace strata::registry
