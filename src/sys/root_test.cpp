// SPDX-License-Identifier: Apache-2.0
#include "sys/file.hpp"
#include "sys/node.hpp"
#include "sys/root.hpp"
#include "testing/errors.hpp"
#include "testing/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>

namespace strata::sys {
namespace {

using strata::testing::FailsWith;
using strata::testing::TempDir;

/// tree/ is the root; `secret` lies beside it.
class RootTest : public ::testing::Test {
protected:
    void SetUp() override
    {
        ensure_folders(dir_ / "tree/etc");
        write("secret", "outside");
        write("tree/etc/passwd", "inside");
    }
    void write(const std::string& name, std::string_view text)
    {
        write_all(open_file(dir_ / name, O_WRONLY | O_CREAT, 0644), text);
    }
    void link(const std::string& target, const std::string& name)
    {
        std::filesystem::create_symlink(target, dir_ / name);
    }
    Root root(Resolve resolve = Resolve::in_root) const
    {
        return Root::open(dir_ / "tree", resolve);
    }

    TempDir dir_;
};

TEST_F(RootTest, absolute_names_and_links_stay_inside)
{
    link("/etc/passwd", "tree/absolute");
    link("../../../../../../secret", "tree/up");

    EXPECT_EQ(root().read_small_file("/etc/passwd"), "inside");
    EXPECT_EQ(root().read_small_file("../../etc/passwd"), "inside");
    EXPECT_EQ(root().read_small_file("absolute"), "inside");
    EXPECT_FALSE(root().find_small_file("up"));
    EXPECT_FALSE(root().find_small_file("nothing/below"));
}

TEST_F(RootTest, beneath_refuses_links_and_ways_out)
{
    link("etc", "tree/link");
    const Root tree = root(Resolve::beneath);

    EXPECT_EQ(tree.read_small_file("etc/passwd"), "inside");
    EXPECT_THAT([&] { tree.read_small_file("../secret"); }, FailsWith(Errc::invalid_argument));
    EXPECT_THAT([&] { tree.read_small_file("link/passwd"); }, FailsWith(Errc::invalid_argument));
}

TEST_F(RootTest, small_files_are_regular_and_small)
{
    const Fd tree = open_file(dir_ / "tree", O_PATH | O_DIRECTORY);
    create_special({tree, "fifo"}, S_IFIFO | 0644);

    EXPECT_THAT([&] { root().read_small_file("fifo"); }, FailsWith(Errc::invalid_argument));
    EXPECT_THAT([&] { root().read_small_file("etc/passwd", 3); }, FailsWith(Errc::exhausted));
    EXPECT_THAT([&] { root().read_small_file("etc"); }, FailsWith(Errc::invalid_argument));
    EXPECT_THAT([&] { root().read_small_file("nothing"); }, FailsWith(Errc::not_found));
}

TEST_F(RootTest, folders_are_made_inside_through_links_too)
{
    link("/var/lib", "tree/lib");
    ensure_folders(dir_ / "tree/var/lib");

    const Fd made = root().ensure_folder("/lib/a//b/", 0711);

    EXPECT_EQ(status_of(made).st_mode & 07777U, 0711U);
    EXPECT_TRUE(find_status(dir_ / "tree/var/lib/a/b"));
    EXPECT_THAT([&] { root().ensure_folder("etc/passwd/x"); }, FailsWith(Errc::not_found));
    EXPECT_EQ(status_of(root().ensure_folder("/")).st_ino, status_of(root().fd()).st_ino);
}

TEST_F(RootTest, a_link_to_nowhere_is_not_filled_in)
{
    link("/nowhere", "tree/dangling");

    EXPECT_THAT([&] { root().ensure_folder("dangling/x"); }, FailsWith(Errc::not_found));
}

TEST_F(RootTest, looks_at_links_themselves_when_asked)
{
    link("etc/passwd", "tree/link");

    EXPECT_TRUE(S_ISLNK(root().find_status("link", FollowLast::no)->st_mode));
    EXPECT_TRUE(S_ISREG(root().find_status("link")->st_mode));
    EXPECT_EQ(root().read_link("link"), "etc/passwd");
}

} // namespace
} // namespace strata::sys
