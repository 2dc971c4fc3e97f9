// SPDX-License-Identifier: Apache-2.0
#include "registry/operations.hpp"
#include "registry/testing/pushed.hpp"

namespace strata::registry {
namespace {

using strata::registry::testing::PushedRegistry;
using strata::registry::testing::TinyManifest;
using strata::testing::FailsWith;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAreArray;

TEST(OperationTarget, is_a_name_with_a_tag_or_a_digest)
{
    const std::string digest = Digest::of("x").str();
    EXPECT_EQ(Target::parse("a/b").repository, "a/b");
    EXPECT_EQ(Target::parse("a/b:v1").tag, "v1");
    EXPECT_EQ(Target::parse("a/b@" + digest).digest, Digest::of("x"));
    EXPECT_EQ(Target::parse("a/b@" + digest).str(), "a/b@" + digest);
    for (const char* const text :
         {"", ":v1", "A", "a:", "a:-", "a@sha256:1", "a/", "a b", "a:b:c"}) {
        EXPECT_THAT([&] { Target::parse(text); }, FailsWith(Errc::invalid_argument)) << text;
    }
}

class OperationsTest : public ::testing::Test {
protected:
    Metadata& db() { return registry_.metadata(); }

    PushedRegistry registry_;
    const Digest layer_ = registry_.blob("a", "layer");
    const Digest image_ =
        registry_.manifest("a", TinyManifest{"image"}.layer(layer_), {"v1", "v2"});
};

TEST_F(OperationsTest, a_dry_run_tells_and_changes_nothing)
{
    registry_.blob("a", "garbage");
    std::vector<std::string> garbage;
    const GcOptions options{.due_by = Timestamp::max(),
                            .see = [&](const Review& review, const Metadata::Verdict& verdict) {
                                if (verdict.garbage) {
                                    garbage.push_back(review.digest.str() + " " + verdict.why);
                                }
                            }};

    const Collected result = rehearse_collection(db(), options).now;
    EXPECT_THAT(garbage, ElementsAre(Digest::of("garbage").str() + " no manifest names it"));
    EXPECT_EQ(result.files, 1U);
    EXPECT_EQ(result.bytes, 7U);
    EXPECT_TRUE(registry_.files().open(Digest::of("garbage")));
}

/// An index that is about to lose its tag, and all that goes with it, but for what others need.
class Doomed : public OperationsTest {
protected:
    void doom()
    {
        const Digest shared = registry_.blob("b", "shared");
        db().mount_blob("a", shared, 0);
        registry_.manifest("b", TinyManifest{"other"}.layer(shared), {"t"});
        const Digest own = registry_.blob("a", "its own");
        const Digest child =
            registry_.manifest("a", TinyManifest{"child"}.layer(own).layer(shared).layer(layer_));
        const Digest index =
            registry_.manifest("a", TinyManifest{"index"}.child(child), {"doomed"});
        registry_.manifest("a", TinyManifest{"signature"}.subject(index));
        db().remove_tag("a", "doomed");
    }

    /// What goes, as it is told while it goes or would.
    std::vector<std::string> gone_;
    const SeeVerdict see_ = [this](const Review& review, const Metadata::Verdict& verdict) {
        if (verdict.garbage) {
            gone_.push_back(fmt::format("{} {} {}", review.repository, review.digest, verdict.why));
        }
    };
};

TEST_F(Doomed, a_rehearsal_tells_all_that_a_collection_does)
{
    doom();
    registry_.open({.untagged = Untagged::collect});
    const GcOptions options{.due_by = Timestamp::max(), .see = see_};

    const Rehearsed told = rehearse_collection(db(), options);
    const std::vector<std::string> rehearsed = std::exchange(gone_, {});
    const Collected done = collect_garbage(db(), registry_.files(), options);

    EXPECT_THAT(gone_, UnorderedElementsAreArray(rehearsed));
    EXPECT_THAT(gone_,
                SizeIs(5)); // index, child, signature; its own layer, and the shared one here
    EXPECT_EQ(told.now.manifests, 3U);
    EXPECT_EQ(told.now.manifests, done.manifests);
    EXPECT_EQ(told.now.blobs, done.blobs);
    EXPECT_EQ(told.now.files, done.files);
    EXPECT_EQ(told.now.bytes, done.bytes);
    EXPECT_EQ(told.later.judged, 0U);
    EXPECT_TRUE(registry_.files().open(layer_));
}

TEST_F(Doomed, a_rehearsal_tells_what_has_to_wait)
{
    registry_.open({.grace = std::chrono::seconds{0}});
    doom();
    registry_.open({.untagged = Untagged::collect});

    const Rehearsed told = rehearse_collection(db(), {.see = see_});

    EXPECT_EQ(told.now.manifests, 1U);
    EXPECT_EQ(told.later.manifests, 2U);
    EXPECT_EQ(told.later.files, 1U);
    EXPECT_EQ(told.later.bytes, std::string_view{"its own"}.size());
    EXPECT_THAT(gone_, SizeIs(5));
    EXPECT_EQ(collect_garbage(db(), registry_.files(), {}).manifests, 1U);
}

TEST_F(OperationsTest, the_grace_period_holds_unless_it_is_waived)
{
    registry_.blob("a", "garbage");
    EXPECT_EQ(collect_garbage(db(), registry_.files(), {}).judged, 0U);
    EXPECT_EQ(collect_garbage(db(), registry_.files(), {.due_by = Timestamp::max()}).files, 1U);
    EXPECT_TRUE(registry_.files().open(layer_));
}

TEST_F(OperationsTest, everything_is_collected_that_lost_its_last_name)
{
    db().remove_manifest("a", image_);
    EXPECT_EQ(collect_garbage(db(), registry_.files(), {.due_by = Timestamp::max()}).files, 1U);
    EXPECT_FALSE(registry_.files().open(layer_));
    EXPECT_THAT(db().list_blobs({}), IsEmpty());
}

TEST_F(OperationsTest, tags_are_listed_with_the_size_of_all_that_they_name)
{
    const Digest index =
        registry_.manifest("a", TinyManifest{"index!"}.child(image_).layer(layer_), {"all"});

    const auto entries = list_tag_entries(db(), "a");
    ASSERT_THAT(entries, SizeIs(3));
    EXPECT_EQ(entries[0].name, "all");
    EXPECT_EQ(entries[0].digest, index);
    EXPECT_EQ(entries[1].size, 6U); // five for the manifest, one that it says of its layer
    EXPECT_EQ(entries[0].size, 6U + 1U + 1U); // the layer once
    EXPECT_THAT([&] { list_tag_entries(db(), "b"); }, FailsWith(Errc::not_found));
}

TEST_F(OperationsTest, disk_usage_counts_shared_blobs_once)
{
    db().mount_blob("b", layer_, 0);
    db().adopt_blob({Digest::of("x"), 10}, "test");

    const DiskUsage usage = disk_usage(db());
    ASSERT_THAT(usage.repositories, SizeIs(2));
    EXPECT_EQ(usage.repositories[1].bytes, 5U);
    EXPECT_EQ(usage.blobs, 2U);
    EXPECT_EQ(usage.bytes, 15U);
    EXPECT_EQ(usage.unheld_bytes, 10U);
}

TEST_F(OperationsTest, tags_manifests_and_repositories_are_removed)
{
    EXPECT_THAT(remove_target(db(), Target::parse("a:v1")), ElementsAre("v1"));
    EXPECT_THAT([&] { remove_target(db(), Target::parse("a:v1")); }, FailsWith(Errc::not_found));
    EXPECT_THAT(remove_target(db(), {.repository = "a", .digest = image_}), ElementsAre("v2"));
    EXPECT_THAT(remove_target(db(), Target::parse("a")), IsEmpty());
    EXPECT_THAT([&] { remove_target(db(), Target::parse("a")); }, FailsWith(Errc::not_found));
}

TEST_F(OperationsTest, a_manifest_gets_another_tag)
{
    EXPECT_EQ(tag_target(db(), Target::parse("a:v1"), "new"), image_);
    EXPECT_EQ(db().find_tag("a", "new")->digest, image_);
    EXPECT_THAT([&] { tag_target(db(), Target::parse("a:none"), "new"); },
                FailsWith(Errc::not_found));
    EXPECT_THAT([&] { tag_target(db(), Target::parse("a:v1"), "-"); },
                FailsWith(Errc::invalid_argument));
}

} // namespace
} // namespace strata::registry
