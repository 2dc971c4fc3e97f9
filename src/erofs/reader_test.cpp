// SPDX-License-Identifier: Apache-2.0
//
// Images that nobody should believe. What a sound image reads like is in index_test.cpp.
#include "erofs/format.hpp"
#include "erofs/reader.hpp"
#include "erofs/testing/layer_index.hpp"
#include "erofs/walk.hpp"
#include "testing/errors.hpp"
#include "testing/random_tree.hpp"
#include "testing/tiny_layer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>

namespace strata::erofs {
namespace {

using erofs::testing::LayerIndex;
using erofs::testing::tar_of;
using strata::testing::FailsWith;
using strata::testing::RandomTree;
using strata::testing::TempDir;
using strata::testing::TinyLayer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string image_of(const TinyLayer& layer)
{
    return sys::read_small_file(LayerIndex{layer.build().bytes()}.index_path());
}

Reader reader_of(const std::string& image)
{
    return Reader{std::as_bytes(std::span{image})};
}

std::vector<std::string> walked(const Reader& reader, std::string_view from = "")
{
    std::vector<std::string> paths;
    walk(reader, reader.find(from).value(), [&](std::string_view path, const Inode&) {
        paths.emplace_back(path);
        return Walk::on;
    });
    return paths;
}

template <typename T>
void patch(std::string& image, std::size_t offset, T value)
{
    std::memcpy(image.data() + offset, &value, sizeof value);
}

/// Lets every directory entry that leads to `from` lead to `to`.
void redirect(std::string& image, const Inode& from, const Inode& to)
{
    format::DirectoryEntry entry;
    for (std::size_t at = 0; at + sizeof entry <= image.size(); ++at) {
        std::memcpy(&entry, image.data() + at, sizeof entry);
        if (entry.nid == static_cast<std::uint64_t>(from.id) && entry.reserved == 0 &&
            entry.type == static_cast<std::uint8_t>(format::FileType::directory) &&
            entry.name_offset < format::kBlock) {
            patch(image, at, static_cast<std::uint64_t>(to.id));
        }
    }
}

/// Fuses the image with itself.
void stack(const Reader& reader)
{
    const TempDir folder;
    const std::array layers{&reader, &reader};
    write_stack(layers, sys::open_file(folder / "stack", O_RDWR | O_CREAT, 0600));
}

TEST(Reader, refuses_what_is_no_image_or_none_of_ours)
{
    const std::string sound = image_of(TinyLayer{}.file("a"));
    const auto with = [&](std::size_t offset, auto value) {
        std::string image = sound;
        patch(image, format::kSuperOffset + offset, value);
        return [image] { reader_of(image); };
    };

    EXPECT_THAT([] { reader_of(""); }, FailsWith(Errc::corrupt));
    EXPECT_THAT([] { reader_of(std::string(5000, '\0')); }, FailsWith(Errc::corrupt));
    EXPECT_THAT(with(offsetof(format::SuperBlock, magic), std::uint32_t{1}),
                FailsWith(Errc::corrupt));
    EXPECT_THAT(with(offsetof(format::SuperBlock, block_bits), std::uint8_t{12}),
                FailsWith(Errc::unsupported));
    EXPECT_THAT(with(offsetof(format::SuperBlock, feature_incompat), std::uint32_t{1}),
                FailsWith(Errc::unsupported));
    EXPECT_THAT(with(offsetof(format::SuperBlock, root_nid), std::uint16_t{0xFFFF}),
                FailsWith(Errc::corrupt));
    EXPECT_THAT(with(offsetof(format::SuperBlock, meta_block), std::uint32_t{0xFFFFFFFF}),
                FailsWith(Errc::corrupt));
    EXPECT_THAT(with(offsetof(format::SuperBlock, extra_devices), std::uint16_t{0xFFFF}),
                FailsWith(Errc::corrupt));
}

TEST(Reader, a_directory_that_contains_its_parent_is_no_endless_walk)
{
    std::string image = image_of(TinyLayer{}.dir("loop").dir("loop/inner").file("loop/inner/f"));
    const Reader sound = reader_of(image);
    redirect(image, sound.find("loop/inner").value(), sound.root());
    const Reader reader = reader_of(image);

    EXPECT_TRUE(reader.find("loop/inner/loop/inner/loop"));
    EXPECT_THAT([&] { walked(reader); }, FailsWith(Errc::corrupt, HasSubstr("two ways")));
    EXPECT_THAT([&] { reader.verify(); }, FailsWith(Errc::corrupt));
    EXPECT_THAT([&] { stack(reader); }, FailsWith(Errc::corrupt, HasSubstr("layer 2 of 2")));
}

TEST(Reader, a_directory_with_two_names_is_corrupt)
{
    std::string image = image_of(TinyLayer{}.file("a/f").file("b/f"));
    const Reader sound = reader_of(image);
    redirect(image, sound.find("b").value(), sound.find("a").value());
    const Reader reader = reader_of(image);

    EXPECT_THAT([&] { walked(reader); }, FailsWith(Errc::corrupt));
    EXPECT_THAT([&] { reader.verify(); }, FailsWith(Errc::corrupt));
}

TEST(Reader, files_beyond_their_device_are_corrupt)
{
    std::string image = image_of(TinyLayer{}.file("a", "content"));
    const std::size_t blocks =
        format::kSuperOffset + sizeof(format::SuperBlock) + offsetof(format::DeviceSlot, blocks);
    patch(image, blocks, std::uint32_t{1}); // a header, and no content
    const Reader reader = reader_of(image);

    EXPECT_THAT([&] { reader.extent(reader.find("a").value()); },
                FailsWith(Errc::corrupt, HasSubstr("device")));
    EXPECT_THAT([&] { reader.verify(); }, FailsWith(Errc::corrupt));
}

TEST(Reader, wrong_link_counts_are_corrupt)
{
    std::string image = image_of(TinyLayer{}.file("a").hardlink("b", "a").file("c"));
    const Reader sound = reader_of(image);
    const auto links_of = [&](std::string_view path) {
        const auto nid = static_cast<std::uint64_t>(sound.find(path)->id);
        std::uint32_t meta_block = 0;
        std::memcpy(&meta_block,
                    image.data() + format::kSuperOffset + offsetof(format::SuperBlock, meta_block),
                    sizeof meta_block);
        return meta_block * format::kBlock + nid * format::kSlot +
               offsetof(format::ExtendedInode, links);
    };
    for (const auto& [path, links] : {std::pair{"a", 1U}, {"a", 3U}, {"c", 2U}, {"c", 0U}}) {
        std::string wrong = image;
        patch(wrong, links_of(path), std::uint32_t{links});
        EXPECT_THAT([&] { reader_of(wrong).verify(); }, FailsWith(Errc::corrupt))
            << path << " with " << links;
    }
}

TEST(Reader, every_truncation_is_noticed)
{
    const std::string image = sys::read_small_file(
        LayerIndex{tar_of(RandomTree{3, {.entries = 60}}.entries())}.index_path());

    for (std::size_t size = 0; size < image.size(); size += 97) {
        // The last block may be padding.
        if (image.find_first_not_of('\0', size) != std::string::npos) {
            EXPECT_THAT([&] { reader_of(image.substr(0, size)).verify(); },
                        FailsWith(Errc::corrupt))
                << size;
        }
    }
}

TEST(Reader, any_flipped_bit_is_harmless)
{
    const std::string sound = sys::read_small_file(
        LayerIndex{tar_of(RandomTree{5, {.entries = 60, .whiteouts = true}}.entries())}
            .index_path());
    std::mt19937_64 random{1};
    const auto may_fail = [](const auto& work) {
        try {
            work();
        } catch (const Error& error) {
            EXPECT_TRUE(error.code() == Errc::corrupt || error.code() == Errc::unsupported)
                << error.what();
        }
    };
    for (int i = 0; i < 2000; ++i) {
        std::string image = sound;
        for (std::uint64_t flips = 1 + random() % 3; flips > 0; --flips) {
            image[random() % image.size()] ^= static_cast<char>(1U << random() % 8);
        }
        may_fail([&] {
            const Reader reader = reader_of(image);
            may_fail([&] { reader.verify(); });
            may_fail([&] {
                walk(reader, reader.root(), [&](std::string_view path, const Inode& inode) {
                    may_fail([&] { reader.xattrs(inode); });
                    may_fail([&] { reader.find(path); });
                    return Walk::on;
                });
            });
            if (i % 10 == 0) {
                may_fail([&] { stack(reader); });
            }
        });
    }
}

TEST(Reader, asked_for_the_wrong_thing_says_so)
{
    const std::string image = image_of(TinyLayer{}.file("f").dir("d"));
    const Reader reader = reader_of(image);
    const Inode file = reader.find("f").value();
    const Inode directory = reader.find("d").value();

    EXPECT_THAT([&] { reader.find_child(file, "x"); }, FailsWith(Errc::invalid_argument));
    EXPECT_THAT([&] { reader.link_target(file); }, FailsWith(Errc::invalid_argument));
    EXPECT_THAT([&] { reader.extent(directory); }, FailsWith(Errc::invalid_argument));
    EXPECT_FALSE(reader.find("f/x"));
    EXPECT_FALSE(reader.find("d/.."));
    EXPECT_EQ(reader.find("./d/")->id, directory.id);
}

TEST(Walk, shows_directories_before_what_is_in_them_and_names_in_order)
{
    const std::string image =
        image_of(TinyLayer{}.file("b/z").file("b/-").file("a").file("b/c/d").file("b.x"));
    const Reader reader = reader_of(image);

    EXPECT_THAT(walked(reader), ElementsAre("", "a", "b", "b/-", "b/c", "b/c/d", "b/z", "b.x"));
    EXPECT_THAT(walked(reader, "b"), ElementsAre("", "-", "c", "c/d", "z"));
    EXPECT_THAT(walked(reader, "a"), ElementsAre(""));
}

TEST(Walk, goes_past_and_stops_where_told)
{
    const std::string image = image_of(TinyLayer{}.file("a/x").file("b/x").file("c/x"));
    const Reader reader = reader_of(image);
    std::vector<std::string> seen;

    walk(reader, reader.root(), [&](std::string_view path, const Inode&) {
        seen.emplace_back(path);
        return path == "a" ? Walk::past : path == "b/x" ? Walk::stop : Walk::on;
    });

    EXPECT_THAT(seen, ElementsAre("", "a", "b", "b/x"));
}

} // namespace
} // namespace strata::erofs
