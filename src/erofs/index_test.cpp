// SPDX-License-Identifier: Apache-2.0
#include "erofs/index.hpp"
#include "erofs/testing/layer_index.hpp"
#include "testing/errors.hpp"
#include "testing/raw_tar.hpp"
#include "testing/tiny_layer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace strata::erofs {
namespace {

using erofs::testing::LayerIndex;
using strata::testing::FailsWith;
using strata::testing::RawTar;
using strata::testing::TinyLayer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> names(const Reader& reader, std::string_view path = "")
{
    std::vector<std::string> found;
    reader.list(reader.find(path).value(), [&](std::string_view name, const Inode&) {
        found.emplace_back(name);
        return true;
    });
    return found;
}

Inode get(const Reader& reader, std::string_view path)
{
    std::optional<Inode> found = reader.find(path);
    if (!found) {
        throw Error{Errc::not_found, std::string{path}};
    }
    return *found;
}

/// What the reader finds at `path`, read through its extent.
std::string content(const LayerIndex& index, std::string_view path)
{
    const Reader reader = index.reader();
    const Inode file = get(reader, path);
    const Extent extent = reader.extent(file);
    std::string bytes(file.size, '\0');
    if (extent.device > 0) {
        const sys::Fd device = sys::open_file(index.devices().at(extent.device - 1), O_RDONLY);
        sys::read_full_at(device, std::as_writable_bytes(std::span{bytes}), extent.offset);
    }
    return bytes;
}

auto refuses(const TinyLayer& layer)
{
    return [tar = layer.build().bytes()] { LayerIndex{tar}; };
}

TEST(Index, keeps_every_kind_of_file_with_its_metadata)
{
    const LayerIndex index{TinyLayer{}
                               .dir("etc", 0750)
                               .owner(7, 70'000)
                               .mtime(-5, 999'999'999)
                               .file("etc/motd", "hello\n", 04711)
                               .xattr("security.capability", std::string{"\0\1\2", 3})
                               .symlink("etc/issue", "motd")
                               .hardlink("etc/other", "etc/motd")
                               .device("dev/null", 1, 3)
                               .block_device("dev/disk", 259, 1'048'575)
                               .fifo("run/pipe", 0600)
                               .build()
                               .bytes()};
    const Reader reader = index.reader();

    reader.verify();
    EXPECT_THAT(names(reader), ElementsAre("dev", "etc", "run"));
    const Inode etc = get(reader, "etc");
    EXPECT_EQ(etc.type, io::EntryType::directory);
    EXPECT_EQ(etc.mode, 0750U);
    EXPECT_EQ(etc.uid, 7U);
    EXPECT_EQ(etc.gid, 70'000U);
    EXPECT_EQ(etc.mtime, (io::TarTime{-5, 999'999'999}));
    const Inode motd = get(reader, "/etc/motd");
    EXPECT_EQ(motd.mode, 0644U) << "the later hard link's permissions count";
    EXPECT_EQ(motd.links, 2U);
    EXPECT_EQ(motd.size, 6U);
    EXPECT_EQ(get(reader, "etc/other").id, motd.id);
    EXPECT_EQ(content(index, "etc/other"), "hello\n");
    EXPECT_THAT(reader.xattrs(motd),
                ElementsAre(io::Xattr{"security.capability", std::string{"\0\1\2", 3}}));
    EXPECT_EQ(reader.link_target(get(reader, "etc/issue")), "motd");
    EXPECT_EQ(get(reader, "dev/null").device_major, 1U);
    EXPECT_EQ(get(reader, "dev/null").device_minor, 3U);
    EXPECT_EQ(get(reader, "dev/disk").type, io::EntryType::block_device);
    EXPECT_EQ(get(reader, "dev/disk").device_major, 259U);
    EXPECT_EQ(get(reader, "dev/disk").device_minor, 1'048'575U);
    EXPECT_EQ(get(reader, "run/pipe").type, io::EntryType::fifo);
    EXPECT_EQ(index.summary().content_bytes, 10U);
    EXPECT_EQ(index.summary().inodes, 9U);
    EXPECT_EQ(index.summary().extra_bytes, 0U);
}

TEST(Index, whiteouts_become_devices_unless_the_layer_has_the_name_itself)
{
    const LayerIndex index{TinyLayer{}
                               .whiteout("gone")
                               .whiteout("file")
                               .file("file", "new")
                               .file("file2", "new")
                               .whiteout("file2")
                               .whiteout("dir")
                               .dir("dir")
                               .dir("dir2")
                               .whiteout("dir2")
                               .build()
                               .bytes()};
    const Reader reader = index.reader();

    reader.verify();
    EXPECT_TRUE(get(reader, "gone").is_whiteout());
    EXPECT_EQ(get(reader, "file").type, io::EntryType::file);
    EXPECT_EQ(get(reader, "file2").type, io::EntryType::file);
    EXPECT_TRUE(reader.is_opaque(get(reader, "dir"))) << "what was there before is gone";
    EXPECT_TRUE(reader.is_opaque(get(reader, "dir2")));
    EXPECT_THAT(names(reader), ElementsAre("dir", "dir2", "file", "file2", "gone"));
}

TEST(Index, opaque_markers_count_before_and_after_their_siblings)
{
    const LayerIndex index{TinyLayer{}
                               .opaque("a")
                               .file("a/x")
                               .file("b/x")
                               .opaque("b")
                               .file("c/x")
                               .opaque("")
                               .build()
                               .bytes()};
    const Reader reader = index.reader();

    EXPECT_TRUE(reader.is_opaque(get(reader, "a")));
    EXPECT_TRUE(reader.is_opaque(get(reader, "b")));
    EXPECT_FALSE(reader.is_opaque(get(reader, "c")));
    EXPECT_TRUE(reader.is_opaque(reader.root()));
    EXPECT_THAT(names(reader, "a"), ElementsAre("x"));
    EXPECT_THAT(reader.xattrs(get(reader, "a")), IsEmpty()) << "marks are no attributes";
}

TEST(Index, marks_parents_that_no_entry_names)
{
    const LayerIndex index{TinyLayer{}.file("a/b/c").dir("a", 0700).build().bytes()};
    const Reader reader = index.reader();

    EXPECT_TRUE(reader.is_implied(reader.root()));
    EXPECT_FALSE(reader.is_implied(get(reader, "a")));
    EXPECT_TRUE(reader.is_implied(get(reader, "a/b")));
    EXPECT_EQ(get(reader, "a").mode, 0700U);
    EXPECT_EQ(get(reader, "a/b").mode, 0755U);
    EXPECT_EQ(get(reader, "a").links, 3U);
}

TEST(Index, later_entries_win)
{
    const LayerIndex index{TinyLayer{}
                               .file("file", "old")
                               .file("file", "newer", 0600)
                               .dir("merged", 0700)
                               .xattr("user.a", "1")
                               .file("merged/kept")
                               .dir("merged", 0711)
                               .dir("was_dir")
                               .file("was_dir/child")
                               .file("was_dir", "now a file")
                               .file("was_file")
                               .dir("was_file")
                               .file("was_file/child")
                               .symlink("parent", "merged")
                               .file("parent/child")
                               .build()
                               .bytes()};
    const Reader reader = index.reader();

    reader.verify();
    EXPECT_EQ(content(index, "file"), "newer");
    EXPECT_EQ(get(reader, "merged").mode, 0711U);
    EXPECT_THAT(reader.xattrs(get(reader, "merged")), IsEmpty());
    EXPECT_TRUE(reader.find("merged/kept"));
    EXPECT_EQ(content(index, "was_dir"), "now a file");
    EXPECT_TRUE(reader.find("was_file/child"));
    EXPECT_THAT(names(reader, "parent"), ElementsAre("child"));
    EXPECT_FALSE(reader.find("merged/child")) << "no symlink is followed";
    EXPECT_EQ(index.summary().content_bytes, 15U);
}

TEST(Index, a_hard_link_keeps_what_it_links_when_the_first_name_goes)
{
    const LayerIndex index{TinyLayer{}
                               .file("a", "first")
                               .hardlink("b", "a")
                               .hardlink("c", "./b")
                               .file("a", "second")
                               .symlink("s", "a")
                               .hardlink("t", "/s")
                               .hardlink("c", "c")
                               .build()
                               .bytes()};
    const Reader reader = index.reader();

    reader.verify();
    EXPECT_EQ(content(index, "a"), "second");
    EXPECT_EQ(get(reader, "a").links, 1U);
    EXPECT_EQ(content(index, "c"), "first");
    EXPECT_EQ(get(reader, "b").links, 2U);
    EXPECT_EQ(get(reader, "b").id, get(reader, "c").id);
    EXPECT_EQ(get(reader, "t").id, get(reader, "s").id);
}

TEST(Index, cleans_names)
{
    const LayerIndex index{
        TinyLayer{}.dir("./", 0711).file("/abs").file("./a/./b//c").dir("d/.///").build().bytes()};
    const Reader reader = index.reader();

    EXPECT_EQ(reader.root().mode, 0711U);
    EXPECT_FALSE(reader.is_implied(reader.root()));
    EXPECT_THAT(names(reader), ElementsAre("a", "abs", "d"));
    EXPECT_TRUE(reader.find("a/b/c"));
}

TEST(Index, refuses_names_that_cannot_be)
{
    EXPECT_THAT(refuses(TinyLayer{}.file("a/../../etc/passwd")),
                FailsWith(Errc::invalid_argument, HasSubstr("a/../../etc/passwd")));
    EXPECT_THAT(refuses(TinyLayer{}.file("..")), FailsWith(Errc::invalid_argument));
    EXPECT_THAT(refuses(TinyLayer{}.file(std::string(256, 'x'))),
                FailsWith(Errc::invalid_argument, HasSubstr("256 bytes")));
    EXPECT_THAT(refuses(TinyLayer{}.file(std::string(256, 'x') + "/a")),
                FailsWith(Errc::invalid_argument));
    EXPECT_THAT(refuses(TinyLayer{}.symlink(".", "/")),
                FailsWith(Errc::invalid_argument, HasSubstr("root")));
    EXPECT_THAT(refuses(TinyLayer{}.file(".wh.")), FailsWith(Errc::invalid_argument));
    EXPECT_THAT(refuses(TinyLayer{}.file(".wh...")), FailsWith(Errc::invalid_argument));
    EXPECT_THAT(refuses(TinyLayer{}.file(".wh.a/b")), FailsWith(Errc::invalid_argument));
    EXPECT_NO_THROW(LayerIndex{TinyLayer{}.file(std::string(255, 'x')).build().bytes()});
}

TEST(Index, refuses_hard_links_to_nowhere)
{
    EXPECT_THAT(refuses(TinyLayer{}.hardlink("a", "missing")),
                FailsWith(Errc::invalid_argument, HasSubstr("missing")));
    EXPECT_THAT(refuses(TinyLayer{}.hardlink("a", "later").file("later")),
                FailsWith(Errc::invalid_argument));
    EXPECT_THAT(refuses(TinyLayer{}.whiteout("w").hardlink("a", "w")),
                FailsWith(Errc::invalid_argument));
    EXPECT_THAT(refuses(TinyLayer{}.whiteout("w").hardlink("a", ".wh.w")),
                FailsWith(Errc::invalid_argument));
    EXPECT_THAT(refuses(TinyLayer{}.dir("d").hardlink("a", "d")),
                FailsWith(Errc::invalid_argument, HasSubstr("directory")));
    EXPECT_THAT(refuses(TinyLayer{}.file("d/f").symlink("l", "d").hardlink("a", "l/f")),
                FailsWith(Errc::invalid_argument));
    EXPECT_THAT(refuses(TinyLayer{}.file("f").hardlink("a", "../f")),
                FailsWith(Errc::invalid_argument));
    EXPECT_THAT(refuses(TinyLayer{}.file("a/b").hardlink("a", "a/b")),
                FailsWith(Errc::invalid_argument, HasSubstr("which it replaces")));
    EXPECT_THAT(refuses(TinyLayer{}.file("a").hardlink("./a/b", "a")),
                FailsWith(Errc::invalid_argument, HasSubstr("which it replaces")));
    EXPECT_THAT(refuses(TinyLayer{}.hardlink("a", "../../etc/shadow")),
                FailsWith(Errc::invalid_argument, HasSubstr("../../etc/shadow")));
}

TEST(Index, refuses_what_no_file_can_be)
{
    EXPECT_THAT(refuses(TinyLayer{}.device("dev/x", 0, 0)),
                FailsWith(Errc::invalid_argument, HasSubstr("dev/x")));
    EXPECT_THAT(refuses(TinyLayer{}.device("x", 4096, 0)), FailsWith(Errc::invalid_argument));
    EXPECT_THAT(refuses(TinyLayer{}.device("x", 1, 1 << 20)), FailsWith(Errc::invalid_argument));
    EXPECT_THAT(
        [tar = RawTar{}.header({.type = '2', .name = "x"}).end().bytes()] { LayerIndex{tar}; },
        FailsWith(Errc::invalid_argument, HasSubstr("target")));
    EXPECT_THAT(refuses(TinyLayer{}.file("x").xattr("user." + std::string(251, 'n'), "v")),
                FailsWith(Errc::invalid_argument));
    EXPECT_THAT(refuses(TinyLayer{}.file("x").xattr("user.a", std::string(65'536, 'v'))),
                FailsWith(Errc::invalid_argument));
    EXPECT_THAT(refuses(TinyLayer{}.file("x").xattr("system.posix_acl_access", "nonsense")),
                FailsWith(Errc::invalid_argument));
}

TEST(Index, what_aufs_left_behind_is_not_visible_but_can_be_linked)
{
    const LayerIndex index{TinyLayer{}
                               .dir(".wh..wh.plnk")
                               .file(".wh..wh.plnk/12.34", "linked")
                               .file(".wh..wh.aufs")
                               .hardlink("a", ".wh..wh.plnk/12.34")
                               .hardlink(".wh.b", ".wh..wh.aufs")
                               .build()
                               .bytes()};
    const Reader reader = index.reader();

    reader.verify();
    EXPECT_THAT(names(reader), ElementsAre("a", "b"));
    EXPECT_EQ(content(index, "a"), "linked");
    EXPECT_EQ(get(reader, "a").links, 1U);
    EXPECT_TRUE(get(reader, "b").is_whiteout());
}

TEST(Index, orders_to_overlayfs_in_an_archive_are_data)
{
    const LayerIndex index{TinyLayer{}
                               .dir("d")
                               .xattr("trusted.overlay.opaque", "y")
                               .xattr("trusted.overlay.strata.implied", "y")
                               .xattr("trusted.other", "kept")
                               .xattr("com.apple.quarantine", "dropped")
                               .build()
                               .bytes()};
    const Reader reader = index.reader();

    const Inode directory = get(reader, "d");
    EXPECT_FALSE(reader.is_opaque(directory));
    EXPECT_FALSE(reader.is_implied(directory));
    EXPECT_THAT(reader.xattrs(directory),
                ::testing::UnorderedElementsAre(io::Xattr{"trusted.overlay.opaque", "y"},
                                                io::Xattr{"trusted.overlay.strata.implied", "y"},
                                                io::Xattr{"trusted.other", "kept"}));
}

TEST(Index, keeps_attributes_of_every_size_shared_or_not)
{
    TinyLayer layer;
    std::map<std::string, std::vector<io::Xattr>> expected;
    for (int i = 0; i < 300; ++i) {
        const std::string path = fmt::format("f{}", i);
        layer.file(path);
        std::vector<io::Xattr>& xattrs = expected[path];
        for (int j = 0; j <= i; j += 7) {
            const auto size = static_cast<std::size_t>(i % 2 == 0 ? 300 * j % 1700 : 10);
            xattrs.push_back({fmt::format("user.name{}", j), std::string(size, 'v')});
        }
        if (i == 100) {
            xattrs.push_back({"user.big", std::string(65'535, '\0')});
        }
        std::sort(xattrs.begin(), xattrs.end(),
                  [](const auto& a, const auto& b) { return a.name < b.name; });
        for (const io::Xattr& xattr : xattrs) {
            layer.xattr(xattr.name, xattr.value);
        }
    }
    const LayerIndex index{layer.build().bytes()};
    const Reader reader = index.reader();

    reader.verify();
    for (const auto& [path, xattrs] : expected) {
        std::vector<io::Xattr> found = reader.xattrs(get(reader, path));
        std::sort(found.begin(), found.end(),
                  [](const auto& a, const auto& b) { return a.name < b.name; });
        EXPECT_EQ(found, xattrs) << path;
    }
}

TEST(Index, symlinks_have_targets_of_any_length)
{
    TinyLayer layer;
    for (std::size_t length = 1; length <= 4095; length += length < 1100 ? 13 : 499) {
        layer.symlink(fmt::format("l{}", length), std::string(length, 't'));
    }
    layer.symlink("longest", std::string(4095, 't'));
    const LayerIndex index{layer.build().bytes()};
    const Reader reader = index.reader();

    reader.verify();
    reader.list(reader.root(), [&](std::string_view, const Inode& link) {
        EXPECT_EQ(reader.link_target(link), std::string(link.size, 't'));
        return true;
    });
    EXPECT_EQ(get(reader, "longest").size, 4095U);
}

TEST(Index, finds_every_name_of_a_large_directory_in_any_order)
{
    TinyLayer layer;
    std::vector<std::string> expected{"!", "-x", "+", ",", "...", ".-", ".a", "..a"};
    for (int i = 0; i < 5000; ++i) {
        expected.push_back(fmt::format("{:x}{}", i * 2'654'435'761U, std::string(i % 200, 'n')));
    }
    for (const std::string& name : expected) {
        layer.file("d/" + name);
    }
    const LayerIndex index{layer.build().bytes()};
    const Reader reader = index.reader();

    reader.verify();
    const Inode directory = get(reader, "d");
    for (const std::string& name : expected) {
        EXPECT_TRUE(reader.find_child(directory, name)) << name;
        EXPECT_FALSE(reader.find_child(directory, name + "?")) << name;
    }
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(names(reader, "d"), expected);
    EXPECT_FALSE(reader.find_child(directory, ""));
    EXPECT_FALSE(reader.find_child(directory, "."));
    EXPECT_FALSE(reader.find_child(directory, "zzz"));
}

TEST(Index, the_same_entries_give_the_same_bytes)
{
    const std::string tar = TinyLayer{}
                                .file("z/y", "1")
                                .file("a", "2")
                                .xattr("user.a", "x")
                                .file("b", "3")
                                .xattr("user.a", "x")
                                .build()
                                .bytes();
    const LayerIndex one{tar};
    const LayerIndex two{tar};

    EXPECT_EQ(sys::read_small_file(one.index_path()), sys::read_small_file(two.index_path()));
}

TEST(Index, refuses_paths_of_nothing_but_implied_parents)
{
    std::string path;
    for (int i = 0; i < 2000; ++i) {
        path += "d/";
    }
    TinyLayer layer;
    for (int i = 0; i < 100; ++i) {
        layer.file(fmt::format("{}/{}x", i, path));
    }

    EXPECT_THAT(refuses(layer), FailsWith(Errc::exhausted, HasSubstr("directories")));
}

TEST(Index, refuses_endless_text)
{
    io::MemorySource nothing{std::string_view{}};
    io::TarReader reader{nothing};
    const auto add_links = [&](std::size_t count) {
        IndexBuilder builder;
        io::TarEntry entry;
        entry.type = io::EntryType::symlink;
        for (std::size_t i = 0; i < count; ++i) {
            entry.path = fmt::format("l{}", i);
            entry.link_target = std::string(4095, 't');
            builder.add(entry, reader);
        }
    };

    EXPECT_NO_THROW(add_links(10'000));
    EXPECT_THAT([&] { add_links(15'000); }, FailsWith(Errc::exhausted, HasSubstr("link targets")));
}

TEST(Index, a_sparse_file_of_any_size_costs_what_it_stores)
{
    io::MemorySource nothing{std::string_view{}};
    io::TarReader reader{nothing};
    const auto add_hole = [&](std::uint64_t size) {
        IndexBuilder builder;
        io::TarEntry entry;
        entry.path = "hole";
        entry.size = size;
        entry.is_sparse = true;
        builder.add(entry, reader);
        const strata::testing::TempDir folder;
        return builder.write(sys::open_file(folder / "index", O_RDWR | O_CREAT, 0600), "t", 512);
    };

    EXPECT_EQ(add_hole(1ULL << 40).content_bytes, 1ULL << 40);
    EXPECT_EQ(add_hole(1ULL << 40).extra_bytes, 0U);
    EXPECT_THAT([&] { add_hole((1ULL << 40) + 1); }, FailsWith(Errc::exhausted, HasSubstr("hole")));
    EXPECT_THAT([&] { add_hole(1ULL << 63); }, FailsWith(Errc::exhausted));
}

} // namespace
} // namespace strata::erofs
