// SPDX-License-Identifier: Apache-2.0
#include "registry/collect/collector.hpp"
#include "registry/testing/metadata_under_test.hpp"

#include <thread>

namespace strata::registry {
namespace {

using strata::registry::testing::TinyManifest;
using strata::testing::TempDir;
using ::testing::ElementsAre;

class CollectorTest : public ::testing::Test {
protected:
    Digest push(const std::string& repository, std::string_view content)
    {
        const std::string id = fmt::format("u{}", ++pushes_);
        const Upload upload{.id = id, .repository = repository, .started = now(), .touched = now()};
        metadata_->add_upload(upload);
        files_->create_upload(repository, id);
        const auto file = files_->open_upload(repository, id, oci::HashAlgorithm::sha256);
        file->write(std::as_bytes(std::span{content}));
        return publish_upload(*metadata_, *files_, upload, *file, Digest::of(content)).digest;
    }

    TempDir dir_;
    std::atomic<int> pushes_ = 0;
    std::unique_ptr<BlobFiles> files_ = open_blob_files(dir_.path());
    std::unique_ptr<Metadata> metadata_ =
        open_sqlite_metadata(dir_.path(), {.grace = std::chrono::seconds{0}});
};

TEST_F(CollectorTest, removes_files_that_nobody_needs)
{
    const Digest garbage = push("a", "garbage");
    const Digest layer = push("a", "layer");
    metadata_->put_manifest("a", TinyManifest{"m"}.layer(layer), {"t"});

    std::vector<std::string> whys;
    const Collected collected = collect_round(*metadata_, *files_, now(), 100,
                                              [&](const Review&, const Metadata::Verdict& verdict) {
                                                  if (verdict.garbage) {
                                                      whys.push_back(verdict.why);
                                                  }
                                              });
    EXPECT_EQ(collected.files, 1U);
    EXPECT_EQ(collected.bytes, 7U);
    EXPECT_EQ(collected.judged, 2U);
    EXPECT_THAT(whys, ElementsAre("no manifest names it"));
    EXPECT_FALSE(files_->open(garbage));
    EXPECT_TRUE(files_->open(layer));
    EXPECT_EQ(collect_round(*metadata_, *files_, now(), 100).judged, 0U);
}

TEST_F(CollectorTest, goes_on_with_what_a_dead_one_has_marked)
{
    const Digest garbage = push("a", "garbage");
    metadata_->collect(metadata_->due_reviews(now(), 10));
    ASSERT_TRUE(files_->open(garbage));

    EXPECT_EQ(collect_round(*metadata_, *files_, now(), 100).files, 1U);
    EXPECT_FALSE(files_->open(garbage));
    EXPECT_FALSE(metadata_->find_known_blob(garbage));
}

TEST_F(CollectorTest, spares_what_is_pushed_again_after_it_was_marked)
{
    const Digest digest = push("a", "layer");
    metadata_->collect(metadata_->due_reviews(now(), 10));
    push("b", "layer");

    EXPECT_EQ(collect_round(*metadata_, *files_, Timestamp::min(), 100).files, 0U);
    EXPECT_TRUE(files_->open(digest));
    EXPECT_TRUE(metadata_->find_blob("b", digest));
}

/// The race that matters: whoever was told that a push has succeeded finds it complete, however the
/// collector came in between; and a push that fails is told so.
TEST_F(CollectorTest, never_breaks_a_push_that_it_let_succeed)
{
    std::jthread collector{[&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            collect_round(*metadata_, *files_, now(), 5);
        }
    }};
    std::vector<std::jthread> pushers;
    for (int thread = 0; thread < 4; ++thread) {
        pushers.emplace_back([&, thread] {
            const std::string repository = fmt::format("r{}", thread);
            for (int i = 0; i < 40; ++i) {
                const Digest layer = push(repository, fmt::format("layer {}", i % 3));
                const std::string tag = fmt::format("t{}", i);
                const auto put =
                    metadata_->put_manifest(repository, TinyManifest{tag}.layer(layer), {tag});
                if (put.missing.empty()) {
                    EXPECT_TRUE(metadata_->find_blob(repository, layer));
                    EXPECT_TRUE(files_->open(layer));
                    metadata_->remove_manifest(repository, Digest::of(tag));
                }
            }
        });
    }
    pushers.clear();
    collector.request_stop();
    collector.join();
    while (collect_round(*metadata_, *files_, now(), 100).judged != 0) {
    }
    EXPECT_TRUE(metadata_->list_blobs({}).empty());
}

TEST_F(CollectorTest, works_until_it_is_stopped)
{
    for (int i = 0; i < 30; ++i) {
        push("a", fmt::format("garbage {}", i));
    }
    Collector collector{
        *metadata_, *files_, {.interval = std::chrono::milliseconds{1}, .batch = 7}};
    std::jthread worker{[&](const std::stop_token& stop) {
        collector.run(stop, [](const std::exception& error) { ADD_FAILURE() << error.what(); });
    }};
    while (collector.totals().blobs < 30) {
        std::this_thread::yield();
    }
    worker.request_stop();
    worker.join();
    EXPECT_TRUE(metadata_->list_blobs({}).empty());
    EXPECT_EQ(collector.totals().blobs, 30U);
}

} // namespace
} // namespace strata::registry
