// SPDX-License-Identifier: Apache-2.0
//
// What every implementation of Metadata does. A second one includes this (and
// collection_contract.hpp) and instantiates it:
//
//     INSTANTIATE_TEST_SUITE_P(postgres, MetadataContract, Values(MetadataUnderTest{"postgres",
//     open}));
#pragma once

#include "registry/testing/metadata_under_test.hpp"

namespace strata::registry::testing {

using strata::testing::FailsWith;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

// --- blobs ---------------------------------------------------------------------------------------

TEST_P(MetadataContract, a_blob_belongs_to_the_repository_it_was_pushed_to)
{
    const Digest digest = blob("a", "content");

    ASSERT_TRUE(db().find_blob("a", digest));
    EXPECT_EQ(db().find_blob("a", digest)->size, 7U);
    EXPECT_FALSE(db().find_blob("b", digest));
    EXPECT_TRUE(db().has_repository("a"));
    EXPECT_FALSE(db().has_repository("b"));
}

TEST_P(MetadataContract, a_mounted_blob_is_in_both)
{
    const Digest digest = blob("a", "content");

    EXPECT_TRUE(db().mount_blob("b", digest, 0));
    EXPECT_TRUE(db().find_blob("b", digest));
    EXPECT_THAT(db().repositories_with_blob(digest), UnorderedElementsAre("a", "b"));
    EXPECT_FALSE(db().mount_blob("c", Digest::of("never seen"), 0));
    EXPECT_FALSE(db().has_repository("c"));
}

TEST_P(MetadataContract, a_blob_is_removed_from_one_repository_alone)
{
    const Digest digest = blob("a", "content");
    db().mount_blob("b", digest, 0);

    EXPECT_TRUE(db().remove_blob("a", digest));
    EXPECT_FALSE(db().remove_blob("a", digest));
    EXPECT_FALSE(db().find_blob("a", digest));
    EXPECT_TRUE(db().find_blob("b", digest));
}

TEST_P(MetadataContract, a_quota_counts_every_blob_once)
{
    db().add_blob("a", {Digest::of("one"), 60}, 100);
    db().add_blob("a", {Digest::of("one"), 60}, 100);

    EXPECT_THAT(
        [&] {
            db().add_blob("a", {Digest::of("two"), 60}, 100);
        },
        FailsWith(Errc::denied, HasSubstr("quota")));
    EXPECT_FALSE(db().find_blob("a", Digest::of("two")));
    db().remove_blob("a", Digest::of("one"));
    db().add_blob("a", {Digest::of("two"), 60}, 100);
    EXPECT_EQ(db().usage("a")->bytes, 60U);
}

TEST_P(MetadataContract, a_quota_holds_for_mounts)
{
    db().add_blob("a", {Digest::of("one"), 60}, 0);

    EXPECT_THAT([&] { db().mount_blob("b", Digest::of("one"), 10); }, FailsWith(Errc::denied));
    EXPECT_FALSE(db().has_repository("b"));
}

TEST_P(MetadataContract, a_quota_counts_every_manifest_once)
{
    db().put_manifest("a", TinyManifest{"60 bytes" + std::string(52, '.')}, {"x"}, 100);
    db().put_manifest("a", TinyManifest{"60 bytes" + std::string(52, '.')}, {"y"}, 100);

    EXPECT_THAT([&] { db().put_manifest("a", TinyManifest{std::string(60, 'b')}, {"x"}, 100); },
                FailsWith(Errc::denied, HasSubstr("quota")));
    EXPECT_EQ(*db().find_tag("a", "x")->bytes, "60 bytes" + std::string(52, '.'));
    EXPECT_THAT(
        [&] {
            db().add_blob("a", {Digest::of("blob"), 41}, 100);
        },
        FailsWith(Errc::denied));
    db().remove_manifest("a", db().find_tag("a", "x")->digest);
    EXPECT_EQ(db().usage("a")->bytes, 0U);
    db().put_manifest("a", TinyManifest{std::string(60, 'b')}, {"x"}, 100);
    EXPECT_THAT(db().check_tables(), IsEmpty());
    db().recount();
    EXPECT_EQ(db().usage("a")->bytes, 60U);
}

// --- manifests and tags --------------------------------------------------------------------------

TEST_P(MetadataContract, a_manifest_comes_back_byte_for_byte)
{
    const Digest config = blob("a", "config");
    const Digest digest = put("a", TinyManifest{"{ \"x\": \"\\u0000\" }\n"}.config(config), {"v1"});

    for (const auto& found : {db().find_manifest("a", digest), db().find_tag("a", "v1")}) {
        ASSERT_TRUE(found);
        EXPECT_EQ(found->digest, digest);
        EXPECT_EQ(*found->bytes, "{ \"x\": \"\\u0000\" }\n");
        EXPECT_EQ(found->media_type, "application/vnd.oci.image.manifest.v1+json");
    }
    EXPECT_FALSE(db().find_tag("a", "v2"));
    EXPECT_FALSE(db().find_tag("b", "v1"));
    EXPECT_FALSE(db().find_manifest("b", digest));
}

TEST_P(MetadataContract, a_manifest_of_what_is_not_there_is_refused_whole)
{
    const Digest config = blob("a", "config");
    blob("b", "layer"); // elsewhere does not help

    const auto result = db().put_manifest(
        "a", TinyManifest{"m"}.config(config).layer(Digest::of("layer")).child(Digest::of("x")),
        {"v1"});

    EXPECT_THAT(result.missing, UnorderedElementsAre(Digest::of("layer"), Digest::of("x")));
    EXPECT_FALSE(db().find_tag("a", "v1"));
    EXPECT_FALSE(db().find_manifest("a", Digest::of("m")));
}

TEST_P(MetadataContract, foreign_layers_and_subjects_may_be_missing)
{
    const auto result = db().put_manifest(
        "a", TinyManifest{"m"}.foreign_layer(Digest::of("windows")).subject(Digest::of("later")),
        {});

    EXPECT_THAT(result.missing, IsEmpty());
    EXPECT_TRUE(result.is_new);
    EXPECT_EQ(db().find_manifest("a", Digest::of("m"))->subject, Digest::of("later"));
}

TEST_P(MetadataContract, the_same_layer_may_come_twice)
{
    const Digest layer = blob("a", "layer");
    put("a", TinyManifest{"m"}.layer(layer).layer(layer).config(layer));
    EXPECT_TRUE(db().find_manifest("a", Digest::of("m")));
}

TEST_P(MetadataContract, a_push_says_what_it_changed)
{
    put("a", TinyManifest{"one"}, {"stays", "moves"});

    const auto again = db().put_manifest("a", TinyManifest{"one"}, {"stays"});
    EXPECT_FALSE(again.is_new);
    EXPECT_THAT(again.moved_tags, IsEmpty());
    const auto other = db().put_manifest("a", TinyManifest{"two"}, {"moves", "new"});
    EXPECT_TRUE(other.is_new);
    EXPECT_THAT(other.moved_tags, ElementsAre("moves"));
    EXPECT_EQ(db().find_tag("a", "stays")->digest, Digest::of("one"));
    EXPECT_EQ(db().find_tag("a", "moves")->digest, Digest::of("two"));
}

TEST_P(MetadataContract, a_tag_remembers)
{
    put("a", TinyManifest{"one"}, {"t"});
    put("a", TinyManifest{"two"}, {"t"});
    put("a", TinyManifest{"two"}, {"t"});
    db().remove_tag("a", "t");

    const auto history = db().tag_history("a", "t", 10);
    ASSERT_THAT(history, SizeIs(3));
    EXPECT_EQ(history[0].digest, std::nullopt);
    EXPECT_EQ(history[1].digest, Digest::of("two"));
    EXPECT_EQ(history[2].digest, Digest::of("one"));
    EXPECT_GE(history[0].when, history[2].when);
    EXPECT_THAT(db().tag_history("a", "t", 1), SizeIs(1));
    EXPECT_THAT(db().tag_history("b", "t", 1), IsEmpty());
}

TEST_P(MetadataContract, a_tag_remembers_its_last_hundred_meanings)
{
    const Digest even = put("a", TinyManifest{"even"});
    const Digest odd = put("a", TinyManifest{"odd"}, {"other"});
    for (int i = 0; i < 250; ++i) {
        db().set_tag("a", "t", i % 2 == 0 ? even : odd);
    }
    const auto history = db().tag_history("a", "t", 1000);
    ASSERT_THAT(history, SizeIs(kTagChangesKept));
    EXPECT_EQ(history.front().digest, odd);
    EXPECT_EQ(history.back().digest, even);
    EXPECT_THAT(db().tag_history("a", "other", 10), SizeIs(1));
}

TEST_P(MetadataContract, the_history_of_a_removed_tag_is_forgotten_in_the_end)
{
    put("a", TinyManifest{"one"}, {"gone", "back", "stays"});
    db().remove_tag("a", "gone");
    db().remove_tag("a", "back");
    db().set_tag("a", "back", Digest::of("one"));
    const Timestamp later = now() + std::chrono::hours{1};

    EXPECT_EQ(db().forget_removed_tags(now() - std::chrono::hours{1}, 10), 0U);
    EXPECT_EQ(db().forget_removed_tags(later, 0), 0U);
    EXPECT_EQ(db().forget_removed_tags(later, 10), 1U);

    EXPECT_THAT(db().tag_history("a", "gone", 10), IsEmpty());
    EXPECT_THAT(db().tag_history("a", "back", 10), SizeIs(3));
    EXPECT_THAT(db().tag_history("a", "stays", 10), SizeIs(1));
}

TEST_P(MetadataContract, tags_are_set_and_removed)
{
    const Digest digest = put("a", TinyManifest{"one"});

    EXPECT_TRUE(db().set_tag("a", "t", digest));
    EXPECT_FALSE(db().set_tag("a", "t", Digest::of("none")));
    EXPECT_FALSE(db().set_tag("b", "t", digest));
    EXPECT_EQ(db().remove_tag("a", "t"), digest);
    EXPECT_EQ(db().remove_tag("a", "t"), std::nullopt);
    EXPECT_TRUE(db().find_manifest("a", digest));
}

TEST_P(MetadataContract, a_manifest_goes_with_its_tags_and_can_be_pushed_again)
{
    const Digest digest = put("a", TinyManifest{"one"}, {"y", "x"});
    put("a", TinyManifest{"two"}, {"z"});

    EXPECT_THAT(db().remove_manifest("a", digest), ::testing::Optional(ElementsAre("x", "y")));
    EXPECT_EQ(db().remove_manifest("a", digest), std::nullopt);
    EXPECT_FALSE(db().find_tag("a", "x"));
    EXPECT_TRUE(db().find_tag("a", "z"));
    EXPECT_EQ(db().tag_history("a", "x", 1).at(0).digest, std::nullopt);
    EXPECT_TRUE(db().put_manifest("a", TinyManifest{"one"}, {"x"}).is_new);
}

TEST_P(MetadataContract, a_repository_goes_whole)
{
    const Digest layer = blob("a/b", "layer");
    put("a/b", TinyManifest{"one"}.layer(layer), {"x"});

    EXPECT_TRUE(db().remove_repository("a/b"));
    EXPECT_FALSE(db().remove_repository("a/b"));
    EXPECT_FALSE(db().has_repository("a/b"));
    EXPECT_FALSE(db().find_blob("a/b", layer));
    EXPECT_THAT(db().list_repositories({}), IsEmpty());
}

// --- listings ------------------------------------------------------------------------------------

TEST_P(MetadataContract, repositories_are_listed_bytewise_in_pages)
{
    for (const char* const name : {"b", "a/z", "a-b", "a", "a_b"}) {
        put(name, TinyManifest{"m"});
    }
    EXPECT_THAT(db().list_repositories({}), ElementsAre("a", "a-b", "a/z", "a_b", "b"));
    EXPECT_THAT(db().list_repositories({.last = "a-b", .limit = 2}), ElementsAre("a/z", "a_b"));
    EXPECT_THAT(db().list_repositories({.last = "a0", .limit = 1}), ElementsAre("a_b"));
    EXPECT_THAT(db().list_repositories({.last = "b"}), IsEmpty());
    EXPECT_THAT(db().list_repositories({.limit = 0}), IsEmpty());
}

TEST_P(MetadataContract, tags_are_listed_bytewise_in_pages)
{
    put("a", TinyManifest{"m"}, {"b", "B", "1", "_", "a.b"});
    put("c", TinyManifest{"m"}, {"other"});

    EXPECT_THAT(db().list_tags("a", {}),
                ::testing::Optional(ElementsAre("1", "B", "_", "a.b", "b")));
    EXPECT_THAT(db().list_tags("a", {.last = "B", .limit = 2}),
                ::testing::Optional(ElementsAre("_", "a.b")));
    EXPECT_EQ(db().list_tags("b", {}), std::nullopt);
    db().remove_manifest("a", Digest::of("m"));
    EXPECT_THAT(db().list_tags("a", {}), ::testing::Optional(IsEmpty()));
}

TEST_P(MetadataContract, referrers_are_found_by_subject_type_and_page)
{
    const Digest subject = Digest::of("image");
    std::vector<Digest> all;
    for (const char* const text : {"s1", "s2", "s3"}) {
        all.push_back(put("a", TinyManifest{text}.subject(subject).artifact_type("sig")));
    }
    all.push_back(put("a", TinyManifest{"bom"}.subject(subject).artifact_type("sbom")));
    put("a", TinyManifest{"else"}.subject(Digest::of("other")));
    put("b", TinyManifest{"s1"}.subject(subject));
    std::sort(all.begin(), all.end());

    const auto everything = db().list_referrers("a", subject, "", {});
    ASSERT_THAT(everything, SizeIs(4));
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(everything[i].digest, all[i]);
    }
    EXPECT_THAT(db().list_referrers("a", subject, "sig", {}), SizeIs(3));
    EXPECT_THAT(db().list_referrers("a", subject, "none", {}), IsEmpty());
    EXPECT_THAT(db().list_referrers("nowhere", subject, "", {}), IsEmpty());
    const auto rest = db().list_referrers("a", subject, "", {.last = all[1].str(), .limit = 1});
    ASSERT_THAT(rest, SizeIs(1));
    EXPECT_EQ(rest[0].digest, all[2]);
}

TEST_P(MetadataContract, search_gives_the_best_first)
{
    for (const char* const name : {"my/redis", "redis", "redis-ha", "x/redis-ha", "aredis", "pg"}) {
        put(name, TinyManifest{"m"});
    }
    const auto [names, count] = db().search("redis", {});
    EXPECT_THAT(names, ElementsAre("redis", "my/redis", "redis-ha", "x/redis-ha", "aredis"));
    EXPECT_EQ(count, 5U);
    const auto [page, same_count] = db().search("redis", {.last = "my/redis", .limit = 2});
    EXPECT_THAT(page, ElementsAre("redis-ha", "x/redis-ha"));
    EXPECT_EQ(same_count, 5U);
    EXPECT_EQ(db().search("re_is", {}).second, 0U);
    EXPECT_EQ(db().search("%", {}).second, 0U);
    EXPECT_EQ(db().search("", {}).second, 6U);
}

TEST_P(MetadataContract, usage_counts)
{
    const Digest layer = blob("a", "layer");
    db().mount_blob("b", layer, 0);
    put("a", TinyManifest{"m"}.layer(layer), {"x", "y"});

    const auto usage = db().usage("a");
    ASSERT_TRUE(usage);
    EXPECT_EQ(usage->manifests, 1U);
    EXPECT_EQ(usage->tags, 2U);
    EXPECT_EQ(usage->blobs, 1U);
    EXPECT_EQ(usage->bytes, std::string_view{"layerm"}.size());
    EXPECT_FALSE(db().usage("c"));
    ASSERT_THAT(db().list_usage({}), SizeIs(2));
    EXPECT_EQ(db().list_usage({.last = "a"}).at(0).name, "b");
}

// --- uploads and notes ---------------------------------------------------------------------------

TEST_P(MetadataContract, uploads_are_found_in_their_repository)
{
    const Timestamp start = now();
    db().add_upload({.id = "u1", .repository = "a", .started = start, .touched = start});

    ASSERT_TRUE(db().find_upload("a", "u1"));
    EXPECT_EQ(db().find_upload("a", "u1")->started, start);
    EXPECT_FALSE(db().find_upload("b", "u1"));
    EXPECT_FALSE(db().has_repository("a"));
    EXPECT_TRUE(db().remove_upload("u1"));
    EXPECT_FALSE(db().remove_upload("u1"));
}

TEST_P(MetadataContract, uploads_are_idle_since_they_were_touched)
{
    const Timestamp past = now() - std::chrono::hours{200};
    db().add_upload({.id = "old", .repository = "a", .started = past, .touched = past});
    db().add_upload({.id = "busy", .repository = "a", .started = past, .touched = past});
    db().touch_upload("busy");

    const auto idle = db().list_uploads_idle_since(now() - std::chrono::hours{168}, 10);
    ASSERT_THAT(idle, SizeIs(1));
    EXPECT_EQ(idle[0].id, "old");
}

TEST_P(MetadataContract, uploads_being_published_are_known)
{
    db().add_upload({.id = "u1", .repository = "a", .started = now(), .touched = now()});
    db().add_upload({.id = "u2", .repository = "a", .started = now(), .touched = now()});
    db().note_upload_digest("u2", Digest::of("x"));

    const auto found = db().list_uploads_being_published();
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].id, "u2");
    EXPECT_EQ(found[0].digest, Digest::of("x"));
}

TEST_P(MetadataContract, notes_are_kept)
{
    EXPECT_EQ(db().find_note("x"), std::nullopt);
    db().set_note("x", "1");
    db().set_note("x", "2");
    open({});
    EXPECT_EQ(db().find_note("x"), "2");
}

// --- the outbox ----------------------------------------------------------------------------------

TEST_P(MetadataContract, events_of_one_endpoint_wait_for_each_other)
{
    db().add_events({{"x", "e1"}, {"y", "e1"}, {"x", "e2"}});

    const auto first = db().due_events(now());
    ASSERT_THAT(first, SizeIs(2));
    EXPECT_EQ(first[0].endpoint, "x");
    EXPECT_EQ(first[0].event, "e1");
    db().event_failed(first[0].id, 503, "busy", now() + std::chrono::hours{1});
    db().event_delivered(first[1].id, 200);

    EXPECT_THAT(db().due_events(now()), IsEmpty());
    EXPECT_EQ(db().pending_events("x"), 2U);
    EXPECT_EQ(db().pending_events("y"), 0U);
    const auto later = db().due_events(now() + std::chrono::hours{2});
    ASSERT_THAT(later, SizeIs(1));
    EXPECT_EQ(later[0].event, "e1");
    EXPECT_EQ(later[0].attempts, 1U);
}

TEST_P(MetadataContract, deliveries_are_logged_and_can_be_replayed)
{
    db().add_events({{"x", "e1"}});
    const auto id = db().due_events(now()).at(0).id;
    db().event_failed(id, 0, "no answer", now());
    db().event_delivered(id, 200);

    const auto log = db().list_deliveries("x", 10);
    ASSERT_THAT(log, SizeIs(1));
    EXPECT_EQ(log[0].attempts, 2U);
    EXPECT_EQ(log[0].status, 200);
    EXPECT_TRUE(db().replay(log[0].id));
    EXPECT_FALSE(db().replay(log[0].id + 100));
    ASSERT_THAT(db().due_events(now()), SizeIs(1));
    EXPECT_NE(db().due_events(now())[0].id, id);
}

TEST_P(MetadataContract, what_nobody_has_taken_yet_is_brought_forward_and_not_doubled)
{
    db().add_events({{"x", "e1"}, {"x", "e2"}});
    const auto id = db().due_events(now()).at(0).id;
    db().event_failed(id, 503, "busy", now() + std::chrono::hours{1});

    EXPECT_TRUE(db().replay(id));

    EXPECT_EQ(db().due_events(now()).at(0).id, id);
    EXPECT_EQ(db().pending_events("x"), 2U);
}

// --- several of them -----------------------------------------------------------------------------

TEST_P(MetadataContract, others_changes_are_told_from_our_own)
{
    const auto second = open_second();
    const auto before = db().foreign_changes();
    put("a", TinyManifest{"m"}, {"t"});
    EXPECT_EQ(db().foreign_changes(), before);

    second->remove_tag("a", "t");
    EXPECT_NE(db().foreign_changes(), before);
    EXPECT_FALSE(db().find_tag("a", "t"));
}

TEST_P(MetadataContract, many_threads_push_at_once)
{
    constexpr int kThreads = 8;
    constexpr int kPushes = 25;
    {
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < kThreads; ++thread) {
            threads.emplace_back([&, thread] {
                for (int i = 0; i < kPushes; ++i) {
                    const std::string repository = fmt::format("r{}", i % 5);
                    const std::string content = fmt::format("{} {}", thread, i);
                    db().add_blob(repository, {Digest::of(content), 1}, 0);
                    db().put_manifest(repository,
                                      TinyManifest{"m" + content}.layer(Digest::of(content)),
                                      {fmt::format("t{}-{}", thread, i)});
                    EXPECT_THROW(db().add_blob(repository, {Digest::of("big"), 1000}, 500), Error);
                }
            });
        }
    }
    std::uint64_t tags = 0;
    std::uint64_t blobs = 0;
    for (const auto& usage : db().list_usage({})) {
        tags += usage.tags;
        blobs += usage.blobs;
    }
    EXPECT_EQ(tags, std::uint64_t{kThreads} * kPushes);
    EXPECT_EQ(blobs, std::uint64_t{kThreads} * kPushes);
    EXPECT_FALSE(db().find_known_blob(Digest::of("big")));
    EXPECT_THAT(db().check_tables(), IsEmpty());
}

} // namespace strata::registry::testing
