// SPDX-License-Identifier: Apache-2.0
#include "sys/mount.hpp"
#include "sys/mount_overlay_legacy.hpp"
#include "sys/namespace.hpp"
#include "sys/node.hpp"
#include "sys/xattr.hpp"
#include "testing/errors.hpp"
#include "testing/private_mounts.hpp"
#include "testing/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>

#include <array>
#include <cstring>

namespace strata::sys {
namespace {

using strata::testing::FailsWith;
using strata::testing::TempDir;
using ::testing::HasSubstr;

class MountTest : public ::testing::Test {
protected:
    static void SetUpTestSuite() { strata::testing::enter_private_mounts(); }

    void SetUp() override
    {
        for (const char* name : {"low", "high", "upper", "work", "root"}) {
            make_folder(dir_ / name);
        }
        write("low/both", "low");
        write("low/low", "low");
        write("high/both", "high");
    }
    void write(const Path& name, std::string_view text)
    {
        write_all(open_file(dir_ / name, O_WRONLY | O_CREAT | O_TRUNC, 0644), text);
    }
    std::string read(const Path& name) const { return read_small_file(dir_ / name); }
    OverlayDirs dirs() const
    {
        return {
            .lower = {dir_ / "high", dir_ / "low"}, .upper = dir_ / "upper", .work = dir_ / "work"};
    }

    TempDir dir_;
};

TEST_F(MountTest, overlays_folders_and_writes_to_the_upper_one)
{
    Mount mount = DetachedMount::overlay(dirs()).attach(dir_ / "root");

    EXPECT_EQ(read("root/both"), "high");
    EXPECT_EQ(read("root/low"), "low");
    write("root/low", "new");
    EXPECT_EQ(read("upper/low"), "new");
    EXPECT_TRUE(is_mount_point(dir_ / "root"));

    mount.unmount();
    EXPECT_FALSE(is_mount_point(dir_ / "root"));
    EXPECT_FALSE(find_status(dir_ / "root/low"));
}

TEST_F(MountTest, the_way_of_old_kernels_gives_the_same)
{
    const Fd tree = mount_overlay_legacy(dirs());
    EXPECT_FALSE(is_mount_point(dir_ / "work"));

    const Mount mount = DetachedMount::bind(tree).attach(dir_ / "root");

    EXPECT_EQ(read("root/both"), "high");
    write("root/low", "new");
    EXPECT_EQ(read("upper/low"), "new");
}

TEST_F(MountTest, many_layers_under_names_full_of_special_characters)
{
    OverlayDirs many{.upper = dir_ / "upper", .work = dir_ / "work"};
    for (int i = 0; i < 300; ++i) {
        const Path layer = dir_ / fmt::format("lay,er:{}\\", i);
        make_folder(layer);
        write(layer / std::to_string(i), "x");
        many.lower.push_back(layer);
    }
    {
        const Mount mount = DetachedMount::overlay(many).attach(dir_ / "root");
        EXPECT_TRUE(find_status(dir_ / "root/0"));
        EXPECT_TRUE(find_status(dir_ / "root/299"));
    }
    const Fd tree = mount_overlay_legacy(many);
    EXPECT_TRUE(find_status(Node{tree, "299"}));
}

TEST_F(MountTest, says_what_is_too_much_and_what_the_kernel_refuses)
{
    OverlayDirs many = dirs();
    many.lower.assign(501, dir_ / "low");
    EXPECT_THAT([&] { DetachedMount::overlay(many); },
                FailsWith(Errc::exhausted, HasSubstr("500")));

    OverlayDirs file = dirs();
    file.lower = {dir_ / "low/low"};
    EXPECT_THAT([&] { DetachedMount::overlay(file); },
                FailsWith(Errc::not_found, HasSubstr("low/low")));

    EXPECT_THAT([&] { DetachedMount::tmpfs("nonsense=1"); },
                FailsWith(Errc::invalid_argument, HasSubstr("nonsense")));
}

TEST_F(MountTest, a_mount_that_is_never_attached_leaves_nothing)
{
    {
        const DetachedMount mount = DetachedMount::overlay(dirs());
        EXPECT_TRUE(find_status(Node{mount.fd(), "both"}));
    }
    EXPECT_NO_THROW(DetachedMount::overlay(dirs())); // upper and work are free again
}

TEST_F(MountTest, read_only_is_read_only)
{
    const Mount mount =
        DetachedMount::bind(dir_ / "low").read_only().no_suid().no_dev().attach(dir_ / "root");

    EXPECT_EQ(read("root/low"), "low");
    EXPECT_THAT([&] { write("root/low", "new"); }, FailsWith(Errc::denied));
    EXPECT_NO_THROW(write("low/low", "new"));
}

TEST_F(MountTest, a_busy_mount_is_not_taken_away_now_but_lazily)
{
    Mount mount = DetachedMount::tmpfs("size=64k,mode=0700").attach(dir_ / "root");
    write("root/file", "x");
    const Fd user = open_file(dir_ / "root/file", O_RDONLY);

    EXPECT_THAT([&] { mount.unmount(); }, FailsWith(Errc::conflict));
    EXPECT_EQ(status_of(open_file(dir_ / "root", O_PATH)).st_mode & 07777U, 0700U);

    unmount(dir_ / "root", Unmount::lazily);
    EXPECT_FALSE(find_status(dir_ / "root/file"));
}

TEST_F(MountTest, unmounting_what_is_not_mounted_is_fine)
{
    EXPECT_NO_THROW(unmount(dir_ / "root"));
    EXPECT_NO_THROW(unmount(dir_ / "nothing"));
    EXPECT_FALSE(is_mount_point(dir_ / "nothing"));
}

TEST_F(MountTest, removal_of_a_tree_stops_at_a_bind_mount_of_the_same_file_system)
{
    make_folder(dir_ / "tree");
    make_folder(dir_ / "tree/bound");
    const Mount mount = DetachedMount::bind(dir_ / "low").attach(dir_ / "tree/bound");

    EXPECT_THAT([&] { remove_tree(dir_ / "tree"); }, FailsWith(Errc::conflict));

    EXPECT_EQ(read("low/low"), "low");
}

/// The smallest image that has a device: a root folder that holds the file `a`, whose 5 bytes are
/// the first of device 1. Offsets as in the format's description: 512-byte blocks, super block at
/// 1024.
std::string tiny_erofs_image()
{
    std::string image(2560, '\0');
    const auto put = [&](std::size_t at, std::uint64_t value, std::size_t bytes) {
        std::memcpy(&image[at], &value, bytes);
    };
    put(1024, 0xE0F5E1E2, 4);
    put(1036, 9, 1);      // 512-byte blocks
    put(1038, 0, 2);      // the root's nid
    put(1040, 2, 8);      // inodes
    put(1060, 5, 4);      // blocks
    put(1064, 4, 4);      // metadata from block 4 on
    put(1104, 4 | 8, 4);  // chunks, devices
    put(1110, 1, 2);      // one device
    put(1112, 12, 2);     // its slot: 12 x 128
    put(1536 + 64, 1, 4); // its blocks
    put(1536 + 68, 5, 4); // where it is mapped
    put(2048, 2 << 1, 2); // root: compact, inline
    put(2052, 0040755, 2);
    put(2054, 2, 2);
    put(2056, 36 + 4, 8); // its names: three entries, "." ".." "a"
    const std::array<std::pair<std::uint64_t, const char*>, 3> names{
        {{0, "."}, {0, ".."}, {4, "a"}}};
    std::size_t entry = 2080;
    std::size_t text = 36;
    for (const auto& [nid, name] : names) {
        put(entry, nid, 8);
        put(entry + 8, text, 2);
        put(entry + 10, nid == 0 ? 2 : 1, 1);
        std::memcpy(&image[2080 + text], name, std::strlen(name));
        text += std::strlen(name);
        entry += 12;
    }
    put(2176, 4 << 1, 2); // nid 4: compact, chunks
    put(2180, 0100644, 2);
    put(2182, 1, 2);
    put(2184, 5, 4);
    put(2176 + 16, 0x20, 2);  // one 512-byte chunk, as an index entry
    put(2176 + 32 + 2, 1, 2); // device 1, block 0
    return image;
}

TEST_F(MountTest, mounts_an_index_over_a_plain_file)
{
    write("image", tiny_erofs_image());
    write("tar", "hello" + std::string(507, '\0'));
    const std::array devices{dir_ / "tar"};

    const Mount mount =
        DetachedMount::erofs(open_file(dir_ / "image", O_RDONLY), devices).attach(dir_ / "root");

    EXPECT_EQ(read("root/a"), "hello");
    EXPECT_THAT([&] { write("root/b", ""); }, FailsWith(Errc::denied));
}

TEST_F(MountTest, refuses_what_is_no_image)
{
    write("image", std::string(4096, 'x'));

    EXPECT_THAT([&] { DetachedMount::erofs(open_file(dir_ / "image", O_RDONLY), {}); },
                FailsWith(Errc::invalid_argument, HasSubstr("erofs")));
}

TEST(FileSystems, are_known_by_name)
{
    EXPECT_TRUE(knows_file_system("proc"));
    EXPECT_FALSE(knows_file_system("nonsense"));
}

} // namespace
} // namespace strata::sys
