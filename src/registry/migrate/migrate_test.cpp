// SPDX-License-Identifier: Apache-2.0
#include "registry/migrate/export.hpp"
#include "registry/migrate/links.hpp"
#include "registry/migrate/take_in.hpp"
#include "registry/testing/metadata_under_test.hpp"
#include "sys/file.hpp"

#include <fcntl.h>

namespace strata::registry {
namespace {

using strata::testing::FailsWith;
using strata::testing::TempDir;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

void write_file(const std::filesystem::path& file, std::string_view text)
{
    sys::ensure_folders(file.parent_path());
    sys::write_all(sys::open_file(file, O_WRONLY | O_CREAT | O_TRUNC, 0644), text);
}

/// A directory as Distribution writes it.
class MigrateTest : public ::testing::Test {
protected:
    Digest store(std::string_view content)
    {
        write_file(layout_.blob(Digest::of(content)), content);
        return Digest::of(content);
    }
    Digest layer(const std::string& repository, std::string_view content)
    {
        const Digest digest = store(content);
        write_file(layout_.layers(repository) / Layout::link_folder(digest) / "link", digest.str());
        return digest;
    }
    Digest manifest(const std::string& repository, const std::string& text)
    {
        const Digest digest = store(text);
        write_file(layout_.revisions(repository) / Layout::link_folder(digest) / "link",
                   digest.str());
        return digest;
    }
    void tag(const std::string& repository, const std::string& name, const Digest& digest)
    {
        const auto folder = layout_.tags(repository) / name;
        write_file(folder / "current/link", digest.str());
        write_file(folder / "index" / Layout::link_folder(digest) / "link", digest.str());
    }
    Digest image(const std::string& repository, const std::string& name, std::string_view content,
                 const std::string& more = "")
    {
        const Digest config = layer(repository, "{}");
        const Digest file = layer(repository, content);
        const Digest digest = manifest(
            repository,
            fmt::format(
                R"({{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",)"
                R"("config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{}","size":2}},)"
                R"("layers":[{{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"{}","size":{}}}]{}}})",
                config, file, content.size(), more));
        if (!name.empty()) {
            tag(repository, name, digest);
        }
        return digest;
    }

    TakenIn take()
    {
        problems_.clear();
        return take_in(*metadata_, dir_.path(),
                       {.problem = [&](const std::string& repository, const std::string& what) {
                           problems_.push_back(repository + ": " + what);
                       }});
    }
    bool has(const std::filesystem::path& file) const { return std::filesystem::exists(file); }

    TempDir dir_;
    Layout layout_{dir_.path()};
    std::unique_ptr<BlobFiles> files_ = open_blob_files(dir_.path());
    std::unique_ptr<Metadata> metadata_ = open_sqlite_metadata(dir_.path());
    std::vector<std::string> problems_;
};

TEST_F(MigrateTest, an_empty_registry_is_taken_in_at_once)
{
    EXPECT_FALSE(is_taken_in(*metadata_));
    EXPECT_EQ(take().of_repositories, 0U);
    EXPECT_TRUE(is_taken_in(*metadata_));
}

TEST_F(MigrateTest, what_distribution_has_removed_goes_when_it_is_taken_in_again)
{
    const Digest gone = image("app", "gone", "layer one");
    const Digest stays = image("app", "stays", "layer two");
    const Digest untagged = image("app", "untagged", "layer three");
    const Digest broken = image("app", "broken", "layer four");
    const Digest elsewhere = image("lost", "v1", "layer five");
    take();
    metadata_->set_tag("app", "ours", gone); // pushed here since
    metadata_->set_tag("app", "local", stays);
    std::filesystem::remove_all(layout_.tags("app") / "gone");
    std::filesystem::remove_all(layout_.tags("app") / "untagged");
    for (const Digest& digest : {gone, untagged}) {
        std::filesystem::remove(layout_.revisions("app") / Layout::link_folder(digest) / "link");
    }
    std::filesystem::remove(layout_.blob(Digest::of("layer three")));
    write_file(layout_.blob(broken), "other bytes");         // damaged: not what somebody meant
    std::filesystem::remove_all(layout_.repository("lost")); // nor this, for all one knows

    const TakenIn taken = take_in_again(*metadata_, dir_.path());

    EXPECT_EQ(taken.went.tags, 2U);
    EXPECT_EQ(taken.went.manifests, 1U);
    EXPECT_FALSE(metadata_->find_tag("app", "gone"));
    EXPECT_FALSE(metadata_->find_tag("app", "untagged"));
    EXPECT_FALSE(metadata_->find_manifest("app", untagged));
    EXPECT_FALSE(metadata_->find_blob("app", Digest::of("layer three")));
    EXPECT_EQ(metadata_->find_tag("app", "ours")->digest, gone);
    EXPECT_EQ(metadata_->find_tag("app", "local")->digest, stays);
    EXPECT_EQ(metadata_->find_tag("app", "stays")->digest, stays);
    EXPECT_EQ(metadata_->find_tag("app", "broken")->digest, broken);
    EXPECT_EQ(metadata_->find_tag("lost", "v1")->digest, elsewhere);
    // What was never exported is nothing that could have been removed there.
    EXPECT_EQ(take_in_again(*metadata_, dir_.path()).went.tags, 0U);
}

TEST_F(MigrateTest, what_distribution_served_is_served_by_us)
{
    const Digest one = image("team/app", "v1", "layer one");
    const Digest two = image("app", "latest", "layer two");
    tag("app", "old", two);

    const TakenIn taken = take();
    EXPECT_THAT(problems_, IsEmpty());
    EXPECT_EQ(taken.repositories, 2U);
    EXPECT_EQ(taken.manifests, 2U);
    EXPECT_EQ(taken.tags, 3U);
    EXPECT_THAT(metadata_->list_repositories({}), ElementsAre("app", "team/app"));
    EXPECT_EQ(metadata_->find_tag("team/app", "v1")->digest, one);
    EXPECT_EQ(metadata_->find_tag("team/app", "v1")->media_type,
              "application/vnd.oci.image.manifest.v1+json");
    EXPECT_EQ(metadata_->find_blob("app", Digest::of("layer two"))->size, 9U);
    EXPECT_THAT(metadata_->list_missing("app"), IsEmpty());
}

TEST_F(MigrateTest, what_is_broken_is_told_and_left_out)
{
    const Digest good = image("app", "good", "layer");
    const Digest torn = manifest("app", "{ not json");
    tag("app", "torn", torn);
    tag("app", "nothing", Digest::of("nothing"));
    const Digest lost = layer("app", "lost");
    sys::remove_file(layout_.blob(lost));
    const Digest other = manifest("app", "{}");
    write_file(layout_.blob(other), "[]");
    write_file(layout_.tags("app") / "empty/current/link", "");
    write_file(layout_.tags("app") / "endless/current/link", std::string(5000, 'x'));

    take();
    EXPECT_THAT(problems_, SizeIs(7));
    EXPECT_EQ(metadata_->find_tag("app", "good")->digest, good);
    EXPECT_FALSE(metadata_->find_tag("app", "torn"));
    EXPECT_FALSE(metadata_->find_blob("app", lost));
}

TEST_F(MigrateTest, what_distribution_took_and_we_refuse_is_kept_as_it_stands)
{
    const Digest file = layer("app", "layer");
    const Digest odd = manifest(
        "app",
        fmt::format(R"({{"schemaVersion":2,"config":{{}},"layers":[{{"digest":"{}","size":-1}}]}})",
                    file));
    const Digest old = manifest(
        "app", fmt::format(R"({{"schemaVersion":1,"fsLayers":[{{"blobSum":"{}"}}]}})", file));
    const Digest list = manifest(
        "app", fmt::format(R"({{"schemaVersion":2,"manifests":[{{"digest":"{}"}}]}})", odd));
    for (const auto& [name, digest] : {std::pair{"odd", odd}, {"old", old}, {"list", list}}) {
        tag("app", name, digest);
    }

    take();
    EXPECT_THAT(problems_, SizeIs(3)); // and they are told
    EXPECT_EQ(metadata_->find_tag("app", "odd")->media_type,
              "application/vnd.oci.image.manifest.v1+json");
    EXPECT_EQ(metadata_->find_tag("app", "old")->media_type,
              "application/vnd.docker.distribution.manifest.v1+prettyjws");
    EXPECT_EQ(metadata_->find_tag("app", "list")->media_type,
              "application/vnd.oci.image.index.v1+json");
    const auto reviews = metadata_->due_reviews(now() + std::chrono::hours{1000}, 100);
    EXPECT_FALSE(reviews.empty());
    metadata_->collect(reviews);
    EXPECT_TRUE(metadata_->find_blob("app", file));
}

TEST_F(MigrateTest, fallback_tags_become_referrers)
{
    const Digest subject = image("app", "v1", "layer");
    const Digest signature = image(
        "app", "", "signature",
        fmt::format(
            R"(,"artifactType":"sig","subject":{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{}","size":1}})",
            subject));
    tag("app", "sha256-" + subject.hex(), signature);

    take();
    const auto referrers = metadata_->list_referrers("app", subject, "", {});
    ASSERT_THAT(referrers, SizeIs(1));
    EXPECT_EQ(referrers[0].digest, signature);
    EXPECT_EQ(referrers[0].artifact_type, "sig");
}

TEST_F(MigrateTest, other_names_of_a_blob_become_files)
{
    const Digest canonical = store("abc");
    const auto other =
        Digest::parse("sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                      "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
    write_file(layout_.layers("app") / Layout::link_folder(other) / "link", canonical.str());

    take();
    EXPECT_TRUE(metadata_->find_blob("app", other));
    EXPECT_EQ(files_->open(other)->size, 3U);
}

TEST_F(MigrateTest, an_interrupted_one_goes_on)
{
    for (int i = 0; i < 130; ++i) {
        image(fmt::format("app{}", i), "v1", "layer");
    }
    std::stop_source stop;
    EXPECT_THAT(
        [&] {
            take_in(*metadata_, dir_.path(),
                    {.progress = [&](const TakenIn&) { stop.request_stop(); },
                     .stop = stop.get_token()});
        },
        FailsWith(Errc::cancelled));
    EXPECT_FALSE(is_taken_in(*metadata_));
    const auto begun = metadata_->list_repositories({.limit = 1000}).size();
    EXPECT_GT(begun, 0U);
    EXPECT_LT(begun, 130U);

    EXPECT_EQ(take().manifests, 130 - begun);
    EXPECT_THAT(metadata_->list_repositories({.limit = 1000}), SizeIs(130));
    EXPECT_TRUE(is_taken_in(*metadata_));
}

TEST_F(MigrateTest, an_export_can_be_taken_in_again)
{
    const Digest one = image("app", "v1", "layer one");
    image("gone", "v1", "layer two");
    take();
    metadata_->set_tag("app", "v2", one);
    metadata_->remove_tag("app", "v1");
    metadata_->remove_repository("gone");
    sys::remove_file(layout_.blob(one)); // as if pushed to us: only the database has it

    const Exported exported = export_links(*metadata_, *files_, dir_.path());
    EXPECT_EQ(exported.tags, 1U);
    EXPECT_EQ(sys::read_small_file(layout_.tags("app") / "v2/current/link"), one.str());
    EXPECT_FALSE(has(layout_.tags("app") / "v1"));
    EXPECT_FALSE(has(layout_.repository("gone") / "_manifests"));
    EXPECT_EQ(Digest::of(sys::read_small_file(layout_.blob(one))), one);

    metadata_.reset();
    sys::remove_tree(dir_ / "strata");
    sys::ensure_folders(dir_ / "strata/tmp");
    metadata_ = open_sqlite_metadata(dir_.path());
    take();
    EXPECT_THAT(problems_, IsEmpty());
    EXPECT_THAT(metadata_->list_repositories({}), ElementsAre("app"));
    EXPECT_EQ(metadata_->find_tag("app", "v2")->digest, one);
}

TEST_F(MigrateTest, the_file_of_an_exported_manifest_goes_with_it)
{
    const Digest one = image("app", "v1", "layer one");
    take();
    metadata_ = open_sqlite_metadata(dir_.path(), {.grace = std::chrono::seconds{0}});
    export_links(*metadata_, *files_, dir_.path());
    metadata_->remove_manifest("app", one);

    std::vector<std::string> gone;
    for (const Review& review : metadata_->due_reviews(now() + std::chrono::hours{25}, 100)) {
        if (metadata_->judge(review, {}).garbage) {
            gone.push_back(review.digest.str());
        }
    }
    EXPECT_THAT(gone, ::testing::Contains(one.str()));
}

} // namespace
} // namespace strata::registry
