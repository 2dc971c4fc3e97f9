// SPDX-License-Identifier: Apache-2.0
#include "erofs/reader.hpp"
#include "io/filters.hpp"
#include "store/layer_files.hpp"
#include "store/layer_store.hpp"
#include "store/testing/test_store.hpp"
#include "testing/errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <atomic>
#include <thread>

namespace strata::store {
namespace {

using namespace testing;
using strata::testing::FailsWith;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class LayerStoreTest : public ::testing::Test {
protected:
    PendingLayer receive(const BuiltLayer& layer, const ReceiveOptions& options = {})
    {
        auto source = layer.source();
        return layers.receive(source, lease, options);
    }
    std::vector<std::string> in_lease() const
    {
        auto names = names_in(lease.folder());
        std::erase_if(
            names, [](const std::string& name) { return name == "lock" || name == "publishing"; });
        return names;
    }

private:
    TempDir dir_;

protected:
    Store store{options_for(dir_.path())};
    LayerStore& layers = store.layers();
    Lease lease = store.lease();
    const BuiltLayer hello =
        TinyLayer{}.dir("etc").file("etc/motd", "hello\n").symlink("etc/issue", "motd").build();
};

TEST_F(LayerStoreTest, keeps_the_exact_tar_and_an_index_over_it)
{
    const Layer layer = layers.publish(receive(hello), lease);

    EXPECT_EQ(layer.diff_id, hello.diff_id());
    EXPECT_EQ(layer.tar_bytes, hello.bytes().size());
    EXPECT_EQ(layer.content_bytes, 10u);
    EXPECT_EQ(io::read_all(*layers.open_tar(layer.diff_id), 1 << 20), hello.bytes());
    const erofs::Reader index = layers.open_stack(std::vector{layer.diff_id});
    EXPECT_EQ(index.find("etc/motd")->size, 6u);
    EXPECT_EQ(index.link_target(*index.find("etc/issue")), "motd");
    EXPECT_THAT(names_in(store.layout().layer(layer.diff_id)), ElementsAre("index", "tar"));
}

TEST_F(LayerStoreTest, its_reader_runs_ahead_as_far_as_it_may)
{
    const BuiltLayer big = TinyLayer{}.file("big", std::string(4 << 20, 'x')).build();
    std::atomic<std::uint64_t> given = 0, furthest_ahead = 0;
    const auto receive_with = [&](std::size_t memory) {
        given = furthest_ahead = 0;
        io::MemorySource bytes = big.source();
        io::ObservedSource source{bytes, [&](std::uint64_t total) { given = total; }};
        ReceiveOptions options;
        options.pipeline_bytes = memory;
        options.progress = [&](std::uint64_t written) {
            furthest_ahead = std::max<std::uint64_t>(furthest_ahead, given - written);
        };
        EXPECT_EQ(layers.receive(source, lease, options).layer.diff_id, big.diff_id());
    };

    receive_with(64 << 10);

    // What is being handed over at this moment counts twice: not written yet, and read ahead of.
    EXPECT_LE(furthest_ahead, 2u * (64 << 10));
}

TEST_F(LayerStoreTest, a_received_layer_is_seen_only_once_it_is_published)
{
    PendingLayer pending = receive(hello);

    EXPECT_FALSE(layers.find(hello.diff_id()));
    EXPECT_THAT([&] { layers.open_tar(hello.diff_id()); }, FailsWith(Errc::not_found));
    layers.publish(std::move(pending), lease);
    EXPECT_TRUE(layers.find(hello.diff_id()));
    EXPECT_THAT(layers.list(), SizeIs(1));
}

TEST_F(LayerStoreTest, drops_a_second_copy)
{
    PendingLayer first = receive(hello);
    PendingLayer second = receive(hello);

    layers.publish(std::move(first), lease);
    layers.publish(std::move(second), lease);

    EXPECT_THAT(layers.list(), SizeIs(1));
    EXPECT_THAT(in_lease(), IsEmpty()) << "the second copy is still there";
}

TEST_F(LayerStoreTest, nobody_can_change_a_published_tar_by_accident)
{
    layers.publish(receive(hello), lease);

    const auto status = sys::find_status(store.layout().layer(hello.diff_id()) / kTar);
    EXPECT_EQ(status->st_mode & 0222, 0u);
}

TEST_F(LayerStoreTest, refuses_other_bytes_than_expected)
{
    ReceiveOptions options;
    options.expected = TinyLayer{}.file("other").build().diff_id();

    EXPECT_THAT([&] { receive(hello, options); },
                FailsWith(Errc::corrupt, HasSubstr(hello.diff_id().str())));
    EXPECT_THAT(in_lease(), IsEmpty());
}

TEST_F(LayerStoreTest, leaves_nothing_behind_when_the_source_fails)
{
    const BuiltLayer big = TinyLayer{}.file("big", std::string(3 << 20, 'x')).build();
    auto source = big.source_failing_after(2 << 20);

    EXPECT_THAT([&] { layers.receive(source, lease); }, FailsWith(Errc::unavailable));
    EXPECT_THAT(in_lease(), IsEmpty());
}

TEST_F(LayerStoreTest, refuses_a_truncated_tar)
{
    const std::string tar = hello.bytes().substr(0, 700);
    io::MemorySource source{std::string_view{tar}};

    EXPECT_THAT([&] { layers.receive(source, lease); }, FailsWith(Errc::corrupt));
    EXPECT_THAT(in_lease(), IsEmpty());
}

TEST_F(LayerStoreTest, refuses_a_name_that_climbs)
{
    const BuiltLayer hostile = TinyLayer{}.file("../../etc/passwd", "x").build();

    EXPECT_THAT([&] { receive(hostile); },
                FailsWith(Errc::invalid_argument, HasSubstr("../../etc/passwd")));
}

TEST_F(LayerStoreTest, holds_limits_for_what_follows_the_end_mark_too)
{
    const std::string tar = hello.bytes() + std::string(1 << 20, '\0');
    io::MemorySource source{std::string_view{tar}};
    ReceiveOptions options;
    options.limits.max_bytes = 64 << 10;

    EXPECT_THAT([&] { layers.receive(source, lease, options); }, FailsWith(Errc::exhausted));
}

TEST_F(LayerStoreTest, stops_when_asked_to)
{
    std::stop_source stop;
    stop.request_stop();
    ReceiveOptions options;
    options.stop = stop.get_token();

    EXPECT_THAT([&] { receive(hello, options); }, FailsWith(Errc::cancelled));
    EXPECT_THAT(in_lease(), IsEmpty());
}

TEST_F(LayerStoreTest, tells_its_progress_up_to_the_whole)
{
    const BuiltLayer big = TinyLayer{}.file("big", std::string(3 << 20, 'x')).build();
    std::uint64_t last = 0;
    ReceiveOptions options;
    options.progress = [&](std::uint64_t bytes) { last = bytes; };

    receive(big, options);

    EXPECT_EQ(last, big.bytes().size());
}

TEST_F(LayerStoreTest, receives_several_layers_at_once)
{
    constexpr int kLayers = 6;
    std::vector<BuiltLayer> built;
    for (int i = 0; i < kLayers; ++i) {
        built.push_back(
            TinyLayer{}.file("f", std::string(300'000, static_cast<char>('a' + i))).build());
    }
    std::vector<std::optional<PendingLayer>> pending(kLayers);
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < kLayers; ++i) {
            threads.emplace_back([&, i] { pending[i] = receive(built[i]); });
        }
    }
    for (std::size_t i = 0; i < kLayers; ++i) {
        EXPECT_EQ(layers.publish(std::move(*pending[i]), lease).diff_id, built[i].diff_id());
    }
    EXPECT_THAT(layers.list(), SizeIs(kLayers));
}

TEST_F(LayerStoreTest, cannot_hold_what_is_not_there)
{
    EXPECT_FALSE(layers.hold(hello.diff_id(), lease));
    layers.publish(receive(hello), lease);
    EXPECT_TRUE(layers.hold(hello.diff_id(), lease));
}

TEST_F(LayerStoreTest, litter_in_the_place_of_a_layer_makes_way)
{
    const Path place = store.layout().layer(hello.diff_id());
    sys::make_folder(place);
    sys::write_all(sys::open_file(place / kTar, O_WRONLY | O_CREAT, 0600), "torn");

    layers.publish(receive(hello), lease);

    EXPECT_EQ(io::read_all(*layers.open_tar(hello.diff_id()), 1 << 20), hello.bytes());
}

TEST_F(LayerStoreTest, fuses_a_chain_into_one_file_system)
{
    const BuiltLayer above = TinyLayer{}.whiteout("etc/motd").file("etc/new", "x").build();
    const std::vector<oci::DiffId> chain{layers.publish(receive(hello), lease).diff_id,
                                         layers.publish(receive(above), lease).diff_id};

    const erofs::Reader stack = layers.open_stack(chain);

    EXPECT_TRUE(stack.find("etc/new"));
    EXPECT_TRUE(stack.find("etc/issue"));
    EXPECT_FALSE(stack.find("etc/motd"));
}

TEST_F(LayerStoreTest, an_empty_chain_is_an_empty_folder)
{
    const erofs::Reader stack = layers.open_stack({});

    EXPECT_EQ(stack.root().type, io::EntryType::directory);
    EXPECT_EQ(stack.inode_count(), 1u);
}

TEST_F(LayerStoreTest, a_chain_with_a_missing_layer_has_no_stack)
{
    const std::vector<oci::DiffId> chain{hello.diff_id()};

    EXPECT_THAT([&] { layers.ensure_stack(chain); },
                FailsWith(Errc::not_found, HasSubstr(hello.diff_id().str())));
    EXPECT_THAT(names_in(store.layout().stacks()), IsEmpty());
}

TEST_F(LayerStoreTest, a_damaged_stack_is_built_again_and_not_believed)
{
    const std::vector<oci::DiffId> chain{layers.publish(receive(hello), lease).diff_id};
    const Path path = layers.ensure_stack(chain);
    const std::string sound = sys::read_small_file(path);

    std::string flipped = sound;
    flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 4);
    for (const std::string& damaged : {flipped, sound.substr(0, sound.size() / 2), std::string{}}) {
        sys::write_all(sys::open_file(path, O_WRONLY | O_TRUNC), damaged);
        layers.ensure_stack(chain);
        EXPECT_EQ(sys::read_small_file(path), sound);
    }
    sys::remove_file(path);
    layers.ensure_stack(chain);
    EXPECT_EQ(sys::read_small_file(path), sound);
}

} // namespace
} // namespace strata::store
