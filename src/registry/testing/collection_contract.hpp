// SPDX-License-Identifier: Apache-2.0
//
// What every implementation of Metadata knows about garbage, and about what it did not see pushed.
#pragma once

#include "registry/testing/metadata_under_test.hpp"

namespace strata::registry::testing {

using strata::testing::FailsWith;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

// --- collection ----------------------------------------------------------------------------------

TEST_P(MetadataContract, nothing_is_judged_within_the_grace_period)
{
    blob("a", "orphan");
    EXPECT_THAT(db().due_reviews(now() + std::chrono::hours{23}, 10), IsEmpty());
    EXPECT_THAT(db().due_reviews(now() + std::chrono::hours{25}, 10), SizeIs(1));
}

TEST_P(MetadataContract, a_blob_that_nobody_names_is_garbage)
{
    open(kAtOnce);
    const Digest orphan = blob("a", "orphan");
    const Digest layer = blob("a", "layer");
    put("a", TinyManifest{"m"}.layer(layer), {"t"});

    EXPECT_THAT(collect(), ElementsAre(orphan.str()));
    EXPECT_FALSE(db().find_blob("a", orphan));
    EXPECT_TRUE(db().find_blob("a", layer));
    EXPECT_EQ(db().usage("a")->bytes, std::string_view{"layerm"}.size());
    EXPECT_EQ(db().pending_reviews(), 0U);
}

TEST_P(MetadataContract, a_blob_leaves_a_repository_that_does_not_name_it)
{
    open(kAtOnce);
    const Digest layer = blob("a", "layer");
    db().mount_blob("b", layer, 0);
    put("b", TinyManifest{"m"}.layer(layer), {"t"});

    EXPECT_THAT(collect(), ElementsAre(layer.str()));
    EXPECT_FALSE(db().find_blob("a", layer));
    EXPECT_TRUE(db().find_blob("b", layer));
}

TEST_P(MetadataContract, what_a_manifest_named_goes_after_it)
{
    open(kAtOnce);
    const Digest shared = blob("a", "shared");
    const Digest own = blob("a", "own");
    put("a", TinyManifest{"one"}.layer(shared).layer(own), {"one"});
    put("a", TinyManifest{"two"}.layer(shared), {"two"});
    EXPECT_THAT(collect(), IsEmpty());

    db().remove_manifest("a", Digest::of("one"));
    EXPECT_THAT(collect(), ElementsAre(own.str()));
    EXPECT_TRUE(db().find_blob("a", shared));
}

TEST_P(MetadataContract, what_a_repository_held_goes_after_it)
{
    open(kAtOnce);
    const Digest layer = blob("a", "layer");
    const Digest shared = blob("a", "shared");
    db().mount_blob("b", shared, 0);
    put("a", TinyManifest{"m"}.layer(layer).layer(shared), {"t"});
    put("b", TinyManifest{"m"}.layer(shared), {"t"});
    collect();

    db().remove_repository("a");
    EXPECT_THAT(collect(), ElementsAre(layer.str()));
    EXPECT_TRUE(db().find_blob("b", shared));
}

TEST_P(MetadataContract, untagged_manifests_are_kept_by_default)
{
    open(kAtOnce);
    put("a", TinyManifest{"one"}, {"t"});
    put("a", TinyManifest{"two"}, {"t"});

    EXPECT_THAT(collect(), IsEmpty());
    EXPECT_TRUE(db().find_manifest("a", Digest::of("one")));
}

TEST_P(MetadataContract, untagged_manifests_go_if_so_decided)
{
    open(kUntaggedToo);
    const Digest layer = blob("a", "layer");
    put("a", TinyManifest{"one"}.layer(layer), {"t"});
    put("a", TinyManifest{"two"}, {"t"});

    EXPECT_THAT(collect(), ElementsAre(Digest::of("one").str(), layer.str()));
    EXPECT_FALSE(db().find_manifest("a", Digest::of("one")));
    EXPECT_TRUE(db().find_tag("a", "t"));
}

TEST_P(MetadataContract, the_parts_of_an_index_stay_as_long_as_it)
{
    open(kUntaggedToo);
    const Digest amd64 = put("a", TinyManifest{"amd64"});
    const Digest nested = put("a", TinyManifest{"nested"}.child(amd64));
    const Digest index = put("a", TinyManifest{"index"}.child(nested), {"t"});
    EXPECT_THAT(collect(), IsEmpty());

    db().remove_tag("a", "t");
    EXPECT_THAT(collect(), ElementsAre(index.str(), nested.str(), amd64.str()));
}

TEST_P(MetadataContract, referrers_stay_as_long_as_their_subject)
{
    open(kAtOnce);
    const Digest image = put("a", TinyManifest{"image"}, {"t"});
    const Digest signature = put("a", TinyManifest{"signature"}.subject(image));
    const Digest of_signature = put("a", TinyManifest{"countersigned"}.subject(signature));
    EXPECT_THAT(collect(), IsEmpty());

    db().remove_manifest("a", image);
    EXPECT_THAT(collect(), ElementsAre(signature.str(), of_signature.str()));
}

TEST_P(MetadataContract, a_referrer_may_wait_for_its_subject)
{
    open(kAtOnce);
    put("a", TinyManifest{"signature"}.subject(Digest::of("image")));
    EXPECT_THAT(collect(), IsEmpty());
    EXPECT_THAT(db().list_referrers("a", Digest::of("image"), "", {}), SizeIs(1));
}

TEST_P(MetadataContract, asking_for_a_blob_postpones_its_review)
{
    open({.grace = std::chrono::hours{1}});
    const Digest digest = blob("a", "layer");
    const Timestamp later = now() + std::chrono::minutes{61};
    ASSERT_THAT(db().due_reviews(later, 10), SizeIs(1));
    open({}); // a day's grace: an hour is "soon" now

    EXPECT_TRUE(db().find_blob("a", digest));
    EXPECT_THAT(db().due_reviews(later, 10), IsEmpty());
}

TEST_P(MetadataContract, asking_for_a_manifest_postpones_its_review)
{
    open({.grace = std::chrono::hours{1}, .untagged = Untagged::collect});
    const Digest digest = put("a", TinyManifest{"m"});
    const Timestamp later = now() + std::chrono::minutes{61};
    ASSERT_THAT(db().due_reviews(later, 10), SizeIs(1));
    db().postpone_manifest("a", digest); // due in an hour: half an hour would be soon
    ASSERT_THAT(db().due_reviews(later, 10), SizeIs(1));
    open({.untagged = Untagged::collect});

    db().postpone_manifest("b", digest);
    db().postpone_manifest("a", Digest::of("other"));
    ASSERT_THAT(db().due_reviews(later, 10), SizeIs(1));
    db().postpone_manifest("a", digest);
    EXPECT_THAT(db().due_reviews(later, 10), IsEmpty());
}

TEST_P(MetadataContract, a_review_that_was_postponed_meanwhile_is_not_executed)
{
    open(kAtOnce);
    const Digest digest = blob("a", "layer");
    const auto reviews = db().due_reviews(now(), 10);
    ASSERT_THAT(reviews, SizeIs(1));
    db().add_blob("a", {digest, 5}, 0); // pushed once more

    EXPECT_FALSE(db().collect(reviews).at(0).garbage);
    EXPECT_TRUE(db().find_blob("a", digest));
    EXPECT_EQ(db().pending_reviews(), 1U);
}

TEST_P(MetadataContract, nobody_is_told_of_a_blob_that_is_being_deleted)
{
    open(kAtOnce);
    const Digest digest = blob("a", "layer");
    db().collect(db().due_reviews(now(), 10));

    ASSERT_TRUE(db().is_deleting(digest));
    EXPECT_FALSE(db().find_blob("a", digest));
    EXPECT_FALSE(db().mount_blob("b", digest, 0));
    EXPECT_THAT(db().put_manifest("a", TinyManifest{"m"}.layer(digest), {}).missing, SizeIs(1));
    ASSERT_THAT(db().list_deleting({}), SizeIs(1));
    open({});
    EXPECT_TRUE(db().is_deleting(digest));
}

TEST_P(MetadataContract, a_blob_pushed_while_it_is_deleted_stays)
{
    open(kAtOnce);
    const Digest digest = blob("a", "layer");
    db().collect(db().due_reviews(now(), 10));
    db().add_blob("a", {digest, 5}, 0);

    EXPECT_FALSE(db().is_deleting(digest));
    db().forget_blobs({&digest, 1});
    EXPECT_TRUE(db().find_blob("a", digest));
}

TEST_P(MetadataContract, judging_changes_nothing_and_says_why)
{
    open(kAtOnce);
    const Digest layer = blob("a", "layer");
    put("a", TinyManifest{"m"}.layer(layer), {"t"});
    blob("a", "orphan!");

    std::vector<std::string> whys;
    for (const Review& review : db().due_reviews(now(), 10)) {
        const auto verdict = db().judge(review, {});
        whys.push_back(fmt::format("{} {} {}", verdict.garbage, verdict.bytes, verdict.why));
    }
    EXPECT_THAT(whys, UnorderedElementsAre(
                          "true 7 no manifest names it",
                          fmt::format("false 0 named by manifest {}", Digest::of("m").str())));
    EXPECT_EQ(db().pending_reviews(), 2U);
}

TEST_P(MetadataContract, everything_can_be_queued_once_more)
{
    open(kAtOnce);
    put("a", TinyManifest{"one"}, {"t"});
    put("a", TinyManifest{"two"}, {"t"});
    collect();
    ASSERT_EQ(db().pending_reviews(), 0U);
    open(kUntaggedToo);

    EXPECT_EQ(db().queue_everything(), 1U);
    EXPECT_THAT(collect(), ElementsAre(Digest::of("one").str()));
}

TEST_P(MetadataContract, a_shorter_grace_counts_for_what_waits_already)
{
    open({});
    blob("a", "orphan");
    open(kAtOnce);
    EXPECT_THAT(db().due_reviews(now(), 10), IsEmpty());

    EXPECT_EQ(db().queue_everything(), 0U);
    EXPECT_THAT(db().due_reviews(now(), 10), SizeIs(1));
}

// --- checks and taking in ------------------------------------------------------------------------

TEST_P(MetadataContract, a_taken_in_repository_is_as_if_pushed)
{
    open(kAtOnce);
    const Blob layer{Digest::of("layer"), 5};
    TakenRepository taken{.name = "a"};
    taken.blobs = {layer};
    taken.manifests = {TinyManifest{"m"}.layer(layer.digest),
                       TinyManifest{"broken"}.layer(Digest::of("lost"))};
    taken.tags = {{"t", Digest::of("m"), {Digest::of("before")}}};
    db().take_in({&taken, 1});
    db().take_in({&taken, 1}); // as after a crash

    EXPECT_EQ(db().find_tag("a", "t")->digest, Digest::of("m"));
    EXPECT_EQ(db().usage("a")->bytes, std::string_view{"layermbroken"}.size());
    EXPECT_THAT(db().tag_history("a", "t", 10), SizeIs(2));
    const auto missing = db().list_missing("a");
    ASSERT_THAT(missing, SizeIs(1));
    EXPECT_EQ(missing[0].manifest, Digest::of("broken"));
    EXPECT_EQ(missing[0].reference.digest, Digest::of("lost"));
    EXPECT_THAT(collect(), IsEmpty());
}

TEST_P(MetadataContract, the_file_of_a_taken_in_manifest_goes_with_it)
{
    open(kAtOnce);
    TakenRepository taken{.name = "a"};
    taken.manifests = {TinyManifest{"m"}};
    db().take_in({&taken, 1});
    EXPECT_FALSE(db().find_blob("a", Digest::of("m")));
    EXPECT_THAT(collect(), IsEmpty());

    db().remove_manifest("a", Digest::of("m"));
    EXPECT_THAT(collect(), ElementsAre(Digest::of("m").str()));
}

TEST_P(MetadataContract, an_adopted_blob_is_nobodys)
{
    open(kAtOnce);
    db().adopt_blob({Digest::of("x"), 1}, "found");

    ASSERT_THAT(db().list_blobs({}), SizeIs(1));
    EXPECT_FALSE(db().list_blobs({})[0].held);
    EXPECT_FALSE(db().find_known_blob(Digest::of("y")));
    EXPECT_THAT(collect(), ElementsAre(Digest::of("x").str()));
}

TEST_P(MetadataContract, what_a_repository_holds_is_listed_in_pages)
{
    std::vector<Digest> blobs{blob("a", "1"), blob("a", "2"), blob("a", "3")};
    std::sort(blobs.begin(), blobs.end());
    put("a", TinyManifest{"m"}.subject(blobs[0]));

    const auto rest = db().list_repository_blobs("a", {.last = blobs[0].str(), .limit = 1});
    ASSERT_THAT(rest, SizeIs(1));
    EXPECT_EQ(rest[0].digest, blobs[1]);
    const auto manifests = db().list_manifests("a", {});
    ASSERT_THAT(manifests, SizeIs(1));
    EXPECT_EQ(manifests[0].subject, blobs[0]);
    EXPECT_EQ(manifests[0].size, 1U);
}

} // namespace strata::registry::testing
