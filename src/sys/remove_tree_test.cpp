// SPDX-License-Identifier: Apache-2.0
#include "sys/file.hpp"
#include "testing/errors.hpp"
#include "testing/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

namespace strata::sys {
namespace {

using strata::testing::FailsWith;
using strata::testing::TempDir;

void touch(const Path& path)
{
    open_file(path, O_WRONLY | O_CREAT, 0644);
}

TEST(RemoveTree, removes_files_folders_and_links_but_not_what_links_point_to)
{
    TempDir dir;
    ensure_folders(dir / "kept");
    touch(dir / "kept/file");
    ensure_folders(dir / "tree/a/b");
    touch(dir / "tree/a/b/file");
    std::filesystem::create_symlink("../kept", dir / "tree/link");

    remove_tree(dir / "tree/");

    EXPECT_FALSE(find_status(dir / "tree"));
    EXPECT_TRUE(find_status(dir / "kept/file"));
}

TEST(RemoveTree, a_link_at_the_top_is_removed_itself)
{
    TempDir dir;
    ensure_folders(dir / "kept");
    std::filesystem::create_symlink("kept", dir / "link");

    remove_tree(dir / "link");

    EXPECT_FALSE(find_status(dir / "link"));
    EXPECT_TRUE(find_status(dir / "kept"));
}

TEST(RemoveTree, depth_is_limited_by_nothing)
{
    TempDir dir;
    make_folder(dir / "tree");
    Fd folder = open_file(dir / "tree", O_PATH | O_DIRECTORY);
    for (int depth = 0; depth < 3000; ++depth) { // as a path: 6000 bytes, over PATH_MAX
        ASSERT_EQ(::mkdirat(folder.get(), "d", 0755), 0);
        Fd inner{::openat(folder.get(), "d", O_PATH | O_DIRECTORY | O_CLOEXEC)};
        std::swap(folder, inner);
    }
    folder.reset();

    remove_tree(dir / "tree");

    EXPECT_FALSE(find_status(dir / "tree"));
}

TEST(RemoveTree, many_names_and_folders_without_rights_are_no_obstacle)
{
    TempDir dir;
    make_folder(dir / "tree");
    for (int i = 0; i < 2000; ++i) {
        touch(dir / "tree" / std::to_string(i));
    }
    make_folder(dir / "tree/locked");
    touch(dir / "tree/locked/file");
    ::chmod((dir / "tree/locked").c_str(), 0);

    remove_tree(dir / "tree");

    EXPECT_FALSE(find_status(dir / "tree"));
}

TEST(RemoveTree, refuses_names_that_mean_another_folder)
{
    EXPECT_THAT([] { remove_tree("/"); }, FailsWith(Errc::invalid_argument));
    EXPECT_THAT([] { remove_tree("/tmp/.."); }, FailsWith(Errc::invalid_argument));
    EXPECT_THAT([] { remove_tree(""); }, FailsWith(Errc::invalid_argument));
}

} // namespace
} // namespace strata::sys
