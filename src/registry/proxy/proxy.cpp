// SPDX-License-Identifier: Apache-2.0
#include "registry/proxy/proxy.hpp"

#include "base/error.hpp"
#include "io/hash.hpp"
#include "registry/proxy/failures.hpp"

#include <algorithm>

namespace strata::registry {
namespace {

constexpr std::size_t kMaxManifest = std::size_t{4} << 20;
constexpr std::size_t kMostChecked = 100'000;

const std::vector<http::Field>& accept_manifests()
{
    static const std::vector<http::Field> fields{
        {"Accept", "application/vnd.oci.image.index.v1+json, "
                   "application/vnd.oci.image.manifest.v1+json, "
                   "application/vnd.docker.distribution.manifest.list.v2+json, "
                   "application/vnd.docker.distribution.manifest.v2+json, */*"}};
    return fields;
}

std::string tag_key(std::string_view repository, std::string_view tag)
{
    return fmt::format("{}:{}", repository, tag);
}

std::optional<Digest> digest_in(const http::ClientResponse& response)
{
    const auto field = response.field("Docker-Content-Digest");
    return field ? Digest::try_parse(*field) : std::nullopt;
}

/// What is read of an answer, which may fail as asking for it may.
class AnswerBody final : public io::Source {
public:
    explicit AnswerBody(io::SourcePtr source) : source_{std::move(source)} {}
    std::size_t read(std::span<std::byte> into) override
    {
        return from_upstream([&] { return source_->read(into); });
    }

private:
    io::SourcePtr source_;
};

[[noreturn]] void throw_status(const Upstream& upstream, std::uint16_t status)
{
    const std::string text = fmt::format("upstream {} answers {} {}", upstream.config().url, status,
                                         http::reason_phrase(status));
    throw Error{status == 401 || status == 403 ? Errc::denied : Errc::unavailable, text};
}

/// In the algorithm of `like`, or sha256.
Digest digest_of(std::string_view bytes, const std::optional<Digest>& like)
{
    if (!like || like->algorithm() == oci::HashAlgorithm::sha256) {
        return Digest::of(bytes);
    }
    io::Hasher hasher{io::Hasher::Algorithm::sha512};
    hasher.update(bytes);
    return Digest::from_bytes(hasher.finish());
}

/// What is read from it has been sent to a client, as far as the metrics go.
class CountedSource final : public io::Source {
public:
    CountedSource(io::SourcePtr source, Metrics& metrics)
        : source_{std::move(source)}, metrics_{metrics}
    {
    }
    std::size_t read(std::span<std::byte> into) override
    {
        const std::size_t got = source_->read(into);
        metrics_.proxy(ProxyKind::blob, ProxyEvent::pushed_bytes, got);
        return got;
    }

private:
    io::SourcePtr source_;
    Metrics& metrics_;
};

} // namespace

Proxy::Turn::Turn(Proxy& proxy, std::string key) : proxy_{proxy}, key_{std::move(key)}
{
    {
        const std::scoped_lock lock{proxy_.mutex_};
        auto& entry = proxy_.turns_[key_];
        if (!entry) {
            entry = std::make_shared<std::mutex>();
        }
        mutex_ = entry;
    }
    mutex_->lock();
}

Proxy::Turn::~Turn()
{
    mutex_->unlock();
    const std::scoped_lock lock{proxy_.mutex_};
    mutex_.reset();
    const auto entry = proxy_.turns_.find(key_);
    if (entry != proxy_.turns_.end() && entry->second.use_count() == 1) {
        proxy_.turns_.erase(entry);
    }
}

Proxy::Proxy(const std::vector<UpstreamConfig>& upstreams, Parts parts)
    : parts_{std::move(parts)}, ledger_{parts_.root}
{
    for (const UpstreamConfig& config : upstreams) {
        upstreams_.push_back(std::make_unique<Upstream>(config, parts_.outbound));
    }
    std::ranges::stable_sort(upstreams_, std::greater{},
                             [](const auto& upstream) { return upstream->config().prefix.size(); });
    evictor_ = std::jthread{[this](const std::stop_token& stop) { run_evictor(stop); }};
}

Proxy::~Proxy()
{
    stop_.request_stop();
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return running_ == 0; });
}

void Proxy::say(const std::string& text) const
{
    if (parts_.notice) {
        parts_.notice(text);
    }
}

std::optional<Proxy::Mirror> Proxy::find_mirror(std::string_view repository) const
{
    for (const auto& upstream : upstreams_) {
        if (auto name = upstream->name_there(repository)) {
            return Mirror{*upstream, *std::move(name)};
        }
    }
    return std::nullopt;
}

Proxy::Mirror Proxy::mirror_of(std::string_view repository) const
{
    auto mirror = find_mirror(repository);
    if (!mirror) {
        throw Error{Errc::not_found, fmt::format("{} is no mirror", repository)};
    }
    return *std::move(mirror);
}

std::string Proxy::local_name(std::string_view repository, std::string_view ns) const
{
    for (const auto& upstream : upstreams_) {
        const std::string& prefix = upstream->config().prefix;
        if (!ns.empty() && !prefix.empty() && upstream->is_called(ns)) {
            return fmt::format("{}/{}", prefix, repository);
        }
    }
    return std::string{repository};
}

bool Proxy::is_mirror(std::string_view repository) const
{
    return find_mirror(repository).has_value();
}

/// Asks for `path` below the repository's. What comes back has status 200 or 404.
http::ClientResponse Proxy::ask(const Mirror& mirror, std::string_view method,
                                std::string_view path, const std::vector<http::Field>& fields)
{
    return from_upstream([&] {
        http::ClientResponse response =
            mirror.upstream.ask(method, mirror.name_there, path, fields, stop_.get_token());
        if (response.status != 200 && response.status != 404) {
            throw_status(mirror.upstream, response.status);
        }
        response.body = std::make_unique<AnswerBody>(std::move(response.body));
        return response;
    });
}

// --- manifests -----------------------------------------------------------------------------------

bool Proxy::is_fresh(std::string_view repository, std::string_view tag)
{
    const auto mirror = find_mirror(repository);
    if (!mirror || mirror->upstream.config().revalidate.count() == 0) {
        return false;
    }
    const std::scoped_lock lock{mutex_};
    const auto checked = checked_.find(tag_key(repository, tag));
    return checked != checked_.end() &&
           Clock::now() - checked->second < mirror->upstream.config().revalidate;
}

void Proxy::note_checked(std::string_view repository, std::string_view tag)
{
    const std::scoped_lock lock{mutex_};
    if (checked_.size() >= kMostChecked) {
        checked_.clear();
    }
    checked_.insert_or_assign(tag_key(repository, tag), Clock::now());
}

std::optional<Digest> Proxy::fresh_tag(std::string_view repository, std::string_view tag)
{
    const Mirror mirror = mirror_of(repository);
    parts_.metrics.proxy(ProxyKind::manifest, ProxyEvent::request);
    const Turn turn{*this, tag_key(repository, tag)};
    const auto found = parts_.metadata.find_tag(repository, tag);
    const std::optional<Digest> here = found ? std::optional{found->digest} : std::nullopt;
    if (here && is_fresh(repository, tag)) {
        count_hit(*found);
        return here;
    }
    try {
        const auto now_there = ask_for_tag(mirror, repository, tag, here);
        if (here && now_there == here) {
            count_hit(*found);
        }
        return now_there;
    } catch (const Error& error) {
        say(fmt::format("{}:{}: {}{}", repository, tag, error.what(),
                        here ? "; what is here is given out" : ""));
        if (!here) {
            throw;
        }
        count_hit(*found);
        return here;
    }
}

void Proxy::count_hit(const Manifest& manifest)
{
    parts_.metrics.proxy(ProxyKind::manifest, ProxyEvent::hit);
    parts_.metrics.proxy(ProxyKind::manifest, ProxyEvent::pushed_bytes, manifest.bytes->size());
}

std::optional<Digest> Proxy::ask_for_tag(const Mirror& mirror, std::string_view repository,
                                         std::string_view tag, const std::optional<Digest>& here)
{
    const std::string path = fmt::format("manifests/{}", tag);
    if (here) {
        const http::ClientResponse response = ask(mirror, "HEAD", path, accept_manifests());
        if (response.status == 404) {
            parts_.metadata.remove_tag(repository, tag);
            if (parts_.changed) {
                parts_.changed(repository, *here, {std::string{tag}});
            }
            return std::nullopt;
        }
        if (digest_in(response) == here) {
            note_checked(repository, tag);
            return here;
        }
    }
    parts_.metrics.proxy(ProxyKind::manifest, ProxyEvent::miss);
    const auto digest = store_manifest(mirror, repository, tag, std::nullopt);
    if (digest) {
        note_checked(repository, tag);
    }
    return digest;
}

bool Proxy::fetch_manifest(std::string_view repository, const Digest& digest)
{
    const Mirror mirror = mirror_of(repository);
    parts_.metrics.proxy(ProxyKind::manifest, ProxyEvent::request);
    const Turn turn{*this, tag_key(repository, digest.str())};
    if (const auto here = parts_.metadata.find_manifest(repository, digest)) {
        count_hit(*here);
        return true;
    }
    parts_.metrics.proxy(ProxyKind::manifest, ProxyEvent::miss);
    return logged(fmt::format("{}@{}", repository, digest), [&] {
        return store_manifest(mirror, repository, digest.str(), digest).has_value();
    });
}

/// Fetches what `reference` names there and keeps it. Nothing if there is none.
std::optional<Digest> Proxy::store_manifest(const Mirror& mirror, std::string_view repository,
                                            std::string_view reference,
                                            const std::optional<Digest>& expected)
{
    const http::ClientResponse response =
        ask(mirror, "GET", fmt::format("manifests/{}", reference), accept_manifests());
    if (response.status == 404) {
        return std::nullopt;
    }
    auto bytes = from_upstream([&] {
        return std::make_shared<const std::string>(io::read_all(*response.body, kMaxManifest));
    });
    parts_.metrics.proxy(ProxyKind::manifest, ProxyEvent::pulled_bytes, bytes->size());
    parts_.metrics.proxy(ProxyKind::manifest, ProxyEvent::pushed_bytes, bytes->size());
    const std::optional<Digest> announced = expected ? expected : digest_in(response);
    const Digest digest = digest_of(*bytes, announced);
    const std::string_view type = response.field("Content-Type").value_or("");
    NewManifest manifest = from_upstream([&] {
        if (announced && digest != *announced) {
            throw Error{Errc::corrupt,
                        fmt::format("upstream {} sent other bytes for {}: expected {}, got {}",
                                    mirror.upstream.config().url, reference, *announced, digest)};
        }
        return parts_.understand(digest, bytes, type.substr(0, type.find(';')));
    });
    for (Reference& named : manifest.references) {
        named.must_exist = false; // it is fetched when somebody asks for it
    }
    std::vector<TagName> tags;
    if (!expected) {
        tags.emplace_back(reference);
    }
    parts_.metadata.put_manifest(repository, manifest, tags);
    if (parts_.changed) {
        parts_.changed(repository, digest, tags);
    }
    return digest;
}

// --- blobs ---------------------------------------------------------------------------------------

bool Proxy::is_here(std::string_view repository, const Digest& digest)
{
    return parts_.metadata.find_blob(repository, digest) && parts_.files.open(digest);
}

std::optional<std::uint64_t> Proxy::blob_size(std::string_view repository, const Digest& digest)
{
    const Mirror mirror = mirror_of(repository);
    return logged(fmt::format("{}@{}", repository, digest), [&] {
        const http::ClientResponse response = ask(mirror, "HEAD", fmt::format("blobs/{}", digest));
        return response.status == 404 ? std::nullopt : std::optional{response.length.value_or(0)};
    });
}

Proxy::Stream Proxy::stream_blob(std::string_view repository, const Digest& digest)
{
    parts_.metrics.proxy(ProxyKind::blob, ProxyEvent::request);
    const std::shared_ptr<Fill> fill = find_or_begin(repository, digest);
    if (!fill) {
        parts_.metrics.proxy(ProxyKind::blob, ProxyEvent::hit);
        return {.stored = true};
    }
    parts_.metrics.proxy(ProxyKind::blob, ProxyEvent::miss);
    const auto begun = fill->wait_for_begin();
    if (!begun) {
        return {};
    }
    return {.body = http::Streamed{
                .source = std::make_unique<CountedSource>(read_along(fill), parts_.metrics),
                .length = begun->length}};
}

bool Proxy::fetch_blob(std::string_view repository, const Digest& digest)
{
    const std::shared_ptr<Fill> fill = find_or_begin(repository, digest);
    return !fill || fill->wait_for_end();
}

void Proxy::used(std::string_view repository, const Digest& digest, std::uint64_t bytes)
{
    parts_.metrics.proxy(ProxyKind::blob, ProxyEvent::pushed_bytes, bytes);
    parts_.metrics.proxy(ProxyKind::blob, ProxyEvent::request);
    parts_.metrics.proxy(ProxyKind::blob, ProxyEvent::hit);
    ledger_.used(repository, digest);
}

/// Null if it is here already. The first who asks begins; who comes while it is on its way joins.
std::shared_ptr<Fill> Proxy::find_or_begin(std::string_view repository, const Digest& digest)
{
    Key key{std::string{repository}, digest};
    const std::scoped_lock lock{mutex_};
    if (const auto running = fills_.find(key); running != fills_.end()) {
        return running->second;
    }
    // Looked up under the lock: a fill is removed from the table after it was stored.
    if (is_here(repository, digest)) {
        return nullptr;
    }
    auto fill = std::make_shared<Fill>();
    fills_.emplace(key, fill);
    ++running_;
    std::thread{[this, fill, key = std::move(key)] {
        run_fill(*fill, key);
        const std::scoped_lock ending{mutex_};
        --running_;
        changed_.notify_all();
    }}.detach();
    return fill;
}

void Proxy::run_fill(Fill& fill, const Key& key)
{
    try {
        const Mirror mirror = mirror_of(key.first);
        if (take_from_neighbour(mirror, key)) {
            const BlobFiles::Open there = parts_.files.open(key.second).value();
            fill.begin(there.file->duplicate(), there.size);
            fill.wrote(there.size);
            end_fill(fill, key, Fill::Outcome::stored);
            return;
        }
        http::ClientResponse response = ask(mirror, "GET", fmt::format("blobs/{}", key.second));
        if (response.status == 404) {
            end_fill(fill, key, Fill::Outcome::absent);
            return;
        }
        store(fill, mirror, key, std::move(response));
        end_fill(fill, key, Fill::Outcome::stored);
    } catch (const Error& error) {
        say(fmt::format("{}@{}: {}", key.first, key.second, error.what()));
        end_fill(fill, key, Fill::Outcome::failed, error.message());
    } catch (const std::exception& error) {
        say(fmt::format("{}@{}: {}", key.first, key.second, error.what()));
        end_fill(fill, key, Fill::Outcome::failed, "fetching it failed; the log says why");
    }
}

/// In this order: who asks once it has ended begins anew, or finds what was stored.
void Proxy::end_fill(Fill& fill, const Key& key, Fill::Outcome outcome, std::string why)
{
    {
        const std::scoped_lock lock{mutex_};
        fills_.erase(key);
    }
    fill.end(outcome, std::move(why));
}

/// Another mirror, or somebody's own repository, may hold the same bytes. They may be given out
/// here only if the upstream would do so, which costs one question instead of all of it.
bool Proxy::take_from_neighbour(const Mirror& mirror, const Key& key)
{
    const auto known = parts_.metadata.find_known_blob(key.second);
    if (!known || known->deleting || !parts_.files.open(key.second)) {
        return false;
    }
    const http::ClientResponse response = ask(mirror, "HEAD", fmt::format("blobs/{}", key.second));
    if (response.status != 200 || !parts_.metadata.mount_blob(key.first, key.second, 0)) {
        return false;
    }
    ledger_.add(mirror.upstream.config().prefix, {key.first, key.second, known->blob.size});
    return parts_.files.open(key.second).has_value();
}

} // namespace strata::registry
