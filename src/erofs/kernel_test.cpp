// SPDX-License-Identifier: Apache-2.0
//
// The kernel as the judge: what it shows of an index must be what tar(1) unpacks. Needs root.
#include "erofs/testing/described_image.hpp"
#include "erofs/testing/layer_index.hpp"
#include "erofs/testing/model_tree.hpp"
#include "sys/mount.hpp"
#include "sys/xattr.hpp"
#include "testing/described_tree.hpp"
#include "testing/random_tree.hpp"
#include "testing/run_program.hpp"
#include "testing/tiny_layer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace strata::erofs {
namespace {

using erofs::testing::describe_image;
using erofs::testing::LayerIndex;
using erofs::testing::Stack;
using erofs::testing::tar_of;
using strata::testing::describe_tree;
using strata::testing::DescribedTree;
using strata::testing::differences;
using strata::testing::RandomTree;
using strata::testing::run_program;
using strata::testing::TempDir;
using strata::testing::TinyLayer;
using ::testing::IsEmpty;

class Mounted {
public:
    Mounted(const sys::Path& image, const std::vector<sys::Path>& devices)
    {
        sys::make_folder(path());
        mount_ = sys::DetachedMount::erofs(sys::open_file(image, O_RDONLY), devices).attach(path());
    }
    ~Mounted() { mount_.unmount(); }
    sys::Path path() const { return folder_ / "mounted"; }

private:
    TempDir folder_;
    sys::Mount mount_;
};

/// What GNU tar makes of an archive.
DescribedTree unpack(const std::string& tar)
{
    const TempDir folder;
    sys::write_all(sys::open_file(folder / "tar", O_WRONLY | O_CREAT, 0600), tar);
    sys::make_folder(folder / "tree");
    const auto result = run_program({"tar", "--extract", "--file", (folder / "tar").string(),
                                     "--directory", (folder / "tree").string(), "--numeric-owner",
                                     "--same-owner", "--same-permissions", "--xattrs",
                                     "--xattrs-include=*", "--delay-directory-restore"});
    EXPECT_EQ(result.status, 0) << result.output;
    return describe_tree(folder / "tree");
}

/// Without the mark that only an index has, where no member named the root.
DescribedTree unmarked(DescribedTree tree)
{
    tree.erase("");
    return tree;
}

TEST(Kernel, shows_what_tar_unpacks)
{
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
        const std::string tar =
            tar_of(RandomTree{seed, {.entries = 400, .max_file_bytes = 20'000}}.entries());
        const LayerIndex index{tar};
        const Mounted mounted{index.index_path(), index.devices()};

        const DescribedTree shown = describe_tree(mounted.path());

        ASSERT_THAT(differences(unmarked(shown), unmarked(unpack(tar))), IsEmpty()) << seed;
        ASSERT_THAT(differences(shown, describe_image(index.reader(), index.devices())), IsEmpty())
            << seed;
    }
}

/// `count` pairs of 16-bit and 32-bit numbers in the kernel's form of an access control list.
std::string acl()
{
    std::string bytes{"\2\0\0\0", 4};
    for (const std::string_view entry : {std::string_view{"\1\0\6\0\xff\xff\xff\xff", 8},
                                         std::string_view{"\2\0\7\0\xe8\3\0\0", 8},
                                         std::string_view{"\4\0\4\0\xff\xff\xff\xff", 8},
                                         std::string_view{"\20\0\7\0\xff\xff\xff\xff", 8},
                                         std::string_view{"\40\0\4\0\xff\xff\xff\xff", 8}}) {
        bytes += entry;
    }
    return bytes;
}

TEST(Kernel, follows_every_shape_of_inode)
{
    TinyLayer layer;
    layer.dir("./");
    for (std::size_t length = 1; length <= 4095; length += length < 1100 ? 17 : 499) {
        layer.symlink(fmt::format("l{}", length), std::string(length, 't'));
        layer.file(fmt::format("f{}", length), std::string(length, 'c'), 0674);
        layer.xattr("user.own", fmt::format("{}", length) + std::string(length % 700, 'v'));
        layer.xattr("user.shared", "the same everywhere");
        if (length % 5 == 0) {
            layer.xattr("system.posix_acl_access", acl());
        }
    }
    for (std::size_t count = 0; count < 90; ++count) {
        const std::string name = fmt::format("d{}", count);
        layer.dir(name);
        if (count % 3 == 0) {
            layer.xattr("user.own", std::string(count * 7, 'v'));
        }
        for (std::size_t i = 0; i < count; ++i) {
            layer.file(fmt::format("{}/{}{}", name, "-.!~"[i % 4], std::string(i * 2 + 1, 'n')));
        }
    }
    const LayerIndex index{layer.build().bytes()};
    const Mounted mounted{index.index_path(), index.devices()};

    EXPECT_THAT(differences(describe_tree(mounted.path()), unpack(index.tar())), IsEmpty());
}

TEST(Kernel, reads_sparse_files_and_holes)
{
    const TempDir folder;
    sys::make_folder(folder / "tree");
    const auto make = [&](const char* name, std::uint64_t size,
                          const std::vector<std::uint64_t>& places) {
        const sys::Fd file =
            sys::open_file(folder / "tree" / name, O_WRONLY | O_CREAT | O_EXCL, 0644);
        for (const std::uint64_t place : places) {
            sys::write_all_at(file, std::as_bytes(std::span{"some bytes", 10}), place);
        }
        ASSERT_EQ(::ftruncate(file.get(), static_cast<off_t>(size)), 0);
    };
    make("hole", 5'000'000, {});
    make("head", 3'000'000, {0});
    make("tail", 70'000, {69'990});
    make("middle", 9'000'001, {1'000'000, 5'000'123});
    make("dense", 700, {0, 690});
    for (const char* const format : {"gnu", "pax"}) {
        const sys::Path tar = folder / format;
        const auto made =
            run_program({"tar", "--create", "--sparse", "--format", format, "--file", tar.string(),
                         "--directory", (folder / "tree").string(), "."});
        ASSERT_EQ(made.status, 0) << made.output;
        const LayerIndex index{sys::read_small_file(tar)};
        const Mounted mounted{index.index_path(), index.devices()};

        const DescribedTree shown = describe_tree(mounted.path());

        EXPECT_THAT(differences(shown, unpack(index.tar())), IsEmpty()) << format;
        EXPECT_THAT(differences(shown, describe_image(index.reader(), index.devices())), IsEmpty());
        EXPECT_GT(index.summary().extra_bytes, 0U);
    }
}

TEST(Kernel, overlays_layers_to_what_their_stack_is)
{
    const LayerIndex low{TinyLayer{}
                             .dir("./")
                             .dir("kept", 0700)
                             .file("kept/a", "1")
                             .dir("closed")
                             .file("closed/hidden")
                             .file("gone")
                             .dir("gone_too")
                             .file("gone_too/x")
                             .file("replaced")
                             .dir("emptied")
                             .file("emptied/x")
                             .build()
                             .bytes()};
    const LayerIndex high{TinyLayer{}
                              .dir("./", 0711)
                              .dir("kept", 0750)
                              .file("kept/b", "2")
                              .dir("closed")
                              .file("closed/new")
                              .opaque("closed")
                              .whiteout("gone")
                              .whiteout("gone_too")
                              .whiteout("nothing")
                              .dir("replaced")
                              .file("replaced/x")
                              .dir("emptied")
                              .whiteout("emptied")
                              .file("emptied/y")
                              .build()
                              .bytes()};
    const Stack stack{{&low, &high}};
    const Mounted lower{low.index_path(), low.devices()};
    const Mounted upper{high.index_path(), high.devices()};
    const Mounted stacked{stack.path(), stack.devices()};
    const TempDir folder;
    sys::make_folder(folder / "root");
    sys::Mount overlay = sys::DetachedMount::overlay({.lower = {upper.path(), lower.path()}})
                             .attach(folder / "root");

    const DescribedTree shown = describe_tree(folder / "root");

    overlay.unmount();
    EXPECT_THAT(differences(describe_tree(stacked.path()), shown), IsEmpty());
    EXPECT_TRUE(shown.contains("closed/new"));
    EXPECT_FALSE(shown.contains("closed/hidden"));
    EXPECT_FALSE(shown.contains("emptied/x"));
    EXPECT_FALSE(shown.contains("gone"));
}

TEST(Kernel, a_container_sees_the_overlay_attributes_of_an_image_as_data)
{
    const LayerIndex layer{TinyLayer{}
                               .dir("./")
                               .dir("d")
                               .xattr("trusted.overlay.opaque", "y")
                               .file("d/f", "content")
                               .xattr("trusted.overlay.redirect", "/etc")
                               .build()
                               .bytes()};
    const Stack stack{{&layer}};
    const Mounted mounted{stack.path(), stack.devices()};
    const TempDir folder;
    for (const char* const name : {"root", "upper", "work"}) {
        sys::make_folder(folder / name);
    }
    sys::Mount overlay =
        sys::DetachedMount::overlay(
            {.lower = {mounted.path()}, .upper = folder / "upper", .work = folder / "work"})
            .attach(folder / "root");

    const sys::Path root = folder / "root";
    const auto opaque = sys::find_xattr(root / "d", "trusted.overlay.opaque");
    const auto redirect = sys::find_xattr(root / "d/f", "trusted.overlay.redirect");
    const std::string content = sys::read_small_file(root / "d/f");

    overlay.unmount();
    EXPECT_EQ(opaque, "y");
    EXPECT_EQ(redirect, "/etc");
    EXPECT_EQ(content, "content");
    EXPECT_EQ(stack.reader().xattrs(stack.reader().find("d").value()),
              (std::vector<io::Xattr>{{"trusted.overlay.opaque", "y"}}));
}

TEST(Kernel, mounts_a_stack_of_a_thousand_layers)
{
    constexpr int kLayers = 1000;
    std::vector<std::unique_ptr<LayerIndex>> layers;
    std::vector<const LayerIndex*> pointers;
    for (int i = 0; i < kLayers; ++i) {
        layers.push_back(std::make_unique<LayerIndex>(
            TinyLayer{}
                .file(fmt::format("f{}", i), fmt::format("content {}", i))
                .file("top", fmt::format("{}", i))
                .build()
                .bytes()));
        pointers.push_back(layers.back().get());
    }
    const Stack stack{pointers};
    const Mounted mounted{stack.path(), stack.devices()};

    EXPECT_EQ(sys::read_small_file(mounted.path() / "top"), "999");
    for (int i = 0; i < kLayers; ++i) {
        ASSERT_EQ(sys::read_small_file(mounted.path() / fmt::format("f{}", i)),
                  fmt::format("content {}", i));
    }
}

TEST(Kernel, mounts_a_stack_of_no_layers)
{
    const Stack stack{{}};
    stack.reader().verify();
    const Mounted mounted{stack.path(), {}};

    EXPECT_EQ(describe_tree(mounted.path()).size(), 1U);
}

} // namespace
} // namespace strata::erofs
