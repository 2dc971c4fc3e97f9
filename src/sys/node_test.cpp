// SPDX-License-Identifier: Apache-2.0
#include "sys/folder_reader.hpp"
#include "sys/node.hpp"
#include "sys/xattr.hpp"
#include "testing/errors.hpp"
#include "testing/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>

namespace strata::sys {
namespace {

using strata::testing::FailsWith;
using strata::testing::TempDir;
using ::testing::ElementsAre;

class NodeTest : public ::testing::Test {
protected:
    TempDir dir_;
    Fd folder_ = open_file(dir_.path(), O_RDONLY | O_DIRECTORY);
};

TEST_F(NodeTest, refuses_what_is_not_one_name)
{
    for (const std::string name : {"", ".", "..", "a/b", "/"}) {
        EXPECT_THAT(
            [&] {
                create_folder({folder_, name}, 0755);
            },
            FailsWith(Errc::invalid_argument))
            << name;
        EXPECT_THAT([&] { remove({folder_, name}); }, FailsWith(Errc::invalid_argument)) << name;
    }
}

TEST_F(NodeTest, makes_nodes_with_exact_modes)
{
    const mode_t before = ::umask(077);

    create_file({folder_, "file"}, 04755);
    create_folder({folder_, "folder"}, 01777);
    create_special({folder_, "fifo"}, S_IFIFO | 0666);
    create_special({folder_, "whiteout"}, S_IFCHR | 0600, 0, 0);
    create_symlink({folder_, "link"}, "/anywhere");
    create_hard_link({folder_, "link"}, {folder_, "second"});

    ::umask(before);
    EXPECT_EQ(find_status(Node{folder_, "file"})->st_mode, S_IFREG | 04755U);
    EXPECT_EQ(find_status(Node{folder_, "folder"})->st_mode, S_IFDIR | 01777U);
    EXPECT_EQ(find_status(Node{folder_, "fifo"})->st_mode, S_IFIFO | 0666U);
    EXPECT_EQ(find_status(Node{folder_, "whiteout"})->st_rdev, 0U);
    EXPECT_EQ(read_link({folder_, "second"}), "/anywhere");
    EXPECT_EQ(find_status(Node{folder_, "second"})->st_nlink, 2U);
}

TEST_F(NodeTest, never_follows_a_link)
{
    create_file({folder_, "file"}, 0600);
    create_symlink({folder_, "link"}, "file");
    create_symlink({folder_, "up"}, "..");

    set_mode({folder_, "link"}, 0777);
    set_mtime({folder_, "link"}, -5, 7);

    EXPECT_EQ(find_status(Node{folder_, "file"})->st_mode & 07777U, 0600U);
    EXPECT_EQ(find_status(Node{folder_, "link"})->st_mtim.tv_sec, -5);
    EXPECT_EQ(find_status(Node{folder_, "link"})->st_mtim.tv_nsec, 7);
    EXPECT_FALSE(find_folder({folder_, "up"}));
    EXPECT_THAT([&] { open_file({folder_, "link"}, O_RDONLY); }, FailsWith(Errc::invalid_argument));
    EXPECT_THAT([&] { create_file({folder_, "link"}, 0600); }, FailsWith(Errc::already_exists));
}

TEST_F(NodeTest, sets_and_lists_attributes)
{
    create_folder({folder_, "folder"}, 0755);
    const std::string big(2000, 'x');

    set_xattr({folder_, "folder"}, "user.b", "2");
    set_xattr({folder_, "folder"}, "user.a", big);

    EXPECT_THAT(list_xattrs(Node{folder_, "folder"}), ElementsAre("user.a", "user.b"));
    EXPECT_EQ(find_xattr(Node{folder_, "folder"}, "user.a"), big);
    EXPECT_FALSE(find_xattr(Node{folder_, "folder"}, "user.c"));
    const Fd open = open_file(dir_ / "folder", O_RDONLY);
    remove_xattr(open, "user.a");
    remove_xattr(open, "user.a");
    EXPECT_THAT(list_xattrs(open), ElementsAre("user.b"));
}

TEST_F(NodeTest, removes_folders_with_all_they_hold_and_renames_over_files)
{
    create_folder({folder_, "folder"}, 0755);
    create_file({open_folder({folder_, "folder"}), "x"}, 0600);
    create_file({folder_, "a"}, 0600);
    create_file({folder_, "b"}, 0644);

    remove({folder_, "folder"});
    remove({folder_, "folder"});
    rename({folder_, "a"}, {folder_, "b"});

    EXPECT_THAT(sorted_names(folder_), ElementsAre("b"));
}

TEST_F(NodeTest, gives_links_to_others_themselves)
{
    create_symlink({folder_, "link"}, "nowhere");

    set_owner({folder_, "link"}, 1234, 5678); // needs root, as most of what uses it

    EXPECT_EQ(find_status(Node{folder_, "link"})->st_uid, 1234U);
    EXPECT_EQ(find_status(Node{folder_, "link"})->st_gid, 5678U);
}

} // namespace
} // namespace strata::sys
