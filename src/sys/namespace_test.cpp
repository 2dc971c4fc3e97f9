// SPDX-License-Identifier: Apache-2.0
#include "sys/mount.hpp"
#include "sys/namespace.hpp"
#include "testing/errors.hpp"
#include "testing/private_mounts.hpp"
#include "testing/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>

namespace strata::sys {
namespace {

using strata::testing::FailsWith;
using strata::testing::TempDir;

class NamespaceTest : public ::testing::Test {
protected:
    static void SetUpTestSuite() { strata::testing::enter_private_mounts(); }

    void SetUp() override { make_folder(dir_ / "mnt"); }
    void touch(const Path& name) { open_file(dir_ / name, O_WRONLY | O_CREAT, 0600); }

    TempDir dir_;
};

TEST_F(NamespaceTest, what_is_mounted_inside_is_not_seen_outside)
{
    const Fd inside = create_mount_namespace([&] {
        DetachedMount::tmpfs().attach(dir_ / "mnt").release();
        touch("mnt/seen-inside");
    });

    EXPECT_FALSE(find_status(dir_ / "mnt/seen-inside"));
    bool seen = false;
    in_mount_namespace(inside, [&] { seen = find_status(dir_ / "mnt/seen-inside").has_value(); });
    EXPECT_TRUE(seen);
    EXPECT_FALSE(same_namespace(inside, open_namespace(Namespace::mount)));
}

TEST_F(NamespaceTest, what_is_mounted_outside_comes_in)
{
    const Mount shared = DetachedMount::tmpfs().attach(dir_ / "mnt");
    set_propagation(dir_ / "mnt", Propagation::shared);
    make_folder(dir_ / "mnt/later");
    const Fd inside = create_mount_namespace();

    const Mount later = DetachedMount::tmpfs().attach(dir_ / "mnt/later");

    bool seen = false;
    in_mount_namespace(inside, [&] { seen = is_mount_point(dir_ / "mnt/later"); });
    EXPECT_TRUE(seen);
}

TEST_F(NamespaceTest, stays_alive_while_it_is_pinned)
{
    const Mount pins = DetachedMount::bind(dir_ / "mnt").private_propagation().attach(dir_ / "mnt");
    touch("mnt/pin");
    EXPECT_FALSE(find_pinned_namespace(dir_ / "mnt/pin"));
    EXPECT_FALSE(find_pinned_namespace(dir_ / "mnt/nothing"));

    create_pinned_namespace(dir_ / "mnt/pin");

    const auto pinned = find_pinned_namespace(dir_ / "mnt/pin");
    ASSERT_TRUE(pinned);
    EXPECT_NO_THROW(in_mount_namespace(*pinned, [] {}));
    unpin_namespace(dir_ / "mnt/pin");
    unpin_namespace(dir_ / "mnt/pin");
    EXPECT_FALSE(find_pinned_namespace(dir_ / "mnt/pin"));
}

TEST_F(NamespaceTest, what_goes_wrong_inside_is_told_outside)
{
    EXPECT_THAT([] { create_mount_namespace([] {
                         throw Error{Errc::corrupt, "inside"};
                     }); },
                FailsWith(Errc::corrupt));
}

TEST_F(NamespaceTest, entering_keeps_the_working_folder)
{
    const Path before = std::filesystem::current_path();
    std::filesystem::current_path(dir_.path());

    enter_mount_namespace(create_mount_namespace());

    EXPECT_EQ(std::filesystem::current_path(), std::filesystem::canonical(dir_.path()));
    std::filesystem::current_path(before);
}

TEST_F(NamespaceTest, there_is_none_of_a_process_that_is_not_there)
{
    EXPECT_THAT([] { open_namespace(Namespace::mount, 1 << 30); }, FailsWith(Errc::not_found));
}

} // namespace
} // namespace strata::sys
