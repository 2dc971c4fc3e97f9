// SPDX-License-Identifier: Apache-2.0
#include "store/mount_namespace.hpp"
#include "sys/mount.hpp"
#include "sys/namespace.hpp"
#include "sys/poll.hpp"
#include "testing/errors.hpp"
#include "testing/private_mounts.hpp"
#include "testing/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace strata::store {
namespace {

using strata::testing::FailsWith;
using strata::testing::TempDir;
using sys::DetachedMount;
using ::testing::Each;
using ::testing::Not;

class MountNamespaceTest : public ::testing::Test {
protected:
    static void SetUpTestSuite() { strata::testing::enter_private_mounts(); }

    void SetUp() override
    {
        // As on a machine: what is mounted here is seen in other namespaces too.
        sys::make_folder(dir_ / "host");
        host_ = DetachedMount::tmpfs().attach(dir_ / "host");
        sys::set_propagation(dir_ / "host", sys::Propagation::shared);
        sys::make_folder(dir_ / "host/target");
    }
    void TearDown() override { drop_mount_namespace(layout_); }

    TempDir dir_;
    sys::Mount host_;
    Layout layout_{.root = dir_ / "host/root", .run_root = dir_ / "host/run"};
};

TEST_F(MountNamespaceTest, is_made_once_and_found_again)
{
    const sys::Fd first = ensure_mount_namespace(layout_);
    const sys::Fd second = ensure_mount_namespace(layout_);

    EXPECT_TRUE(sys::same_namespace(first, second));
    EXPECT_FALSE(sys::same_namespace(first, sys::open_namespace(sys::Namespace::mount)));
}

TEST_F(MountNamespaceTest, keeps_its_mounts_to_itself_and_sees_the_hosts)
{
    const sys::Fd inside = ensure_mount_namespace(layout_);
    sys::make_folder(dir_ / "host/later");
    const sys::Mount later = DetachedMount::tmpfs().attach(dir_ / "host/later");

    sys::in_mount_namespace(inside,
                            [&] { DetachedMount::tmpfs().attach(dir_ / "host/target").release(); });

    EXPECT_FALSE(sys::is_mount_point(dir_ / "host/target"));
    bool kept = false;
    bool seen = false;
    sys::in_mount_namespace(ensure_mount_namespace(layout_), [&] {
        kept = sys::is_mount_point(dir_ / "host/target");
        seen = sys::is_mount_point(dir_ / "host/later");
    });
    EXPECT_TRUE(kept);
    EXPECT_TRUE(seen);
}

TEST_F(MountNamespaceTest, is_itself_from_inside)
{
    const sys::Fd outside = ensure_mount_namespace(layout_);

    sys::in_mount_namespace(outside, [&] {
        EXPECT_TRUE(sys::same_namespace(ensure_mount_namespace(layout_), outside));
        EXPECT_NO_THROW(enter_mount_namespace(layout_));
        EXPECT_THAT([&] { drop_mount_namespace(layout_); }, FailsWith(Errc::conflict));
    });
}

TEST_F(MountNamespaceTest, is_one_however_many_processes_ask_at_once)
{
    constexpr int kProcesses = 16;
    const sys::Pipe start = sys::make_pipe();
    const sys::Pipe answers = sys::make_pipe();
    std::vector<pid_t> children;
    for (int i = 0; i < kProcesses; ++i) {
        children.push_back(::fork());
        if (children.back() == 0) {
            ino_t answer = 0;
            try {
                sys::wait_readable(start.reader, std::chrono::milliseconds{-1});
                enter_mount_namespace(layout_);
                answer = sys::status_of(sys::open_namespace(sys::Namespace::mount)).st_ino;
            } catch (const Error& error) {
                fmt::print(stderr, "{}\n", error.what());
            }
            sys::write_all(answers.writer, std::as_bytes(std::span{&answer, 1}));
            ::_exit(0);
        }
    }

    sys::write_all(start.writer, "go");

    std::vector<ino_t> seen(kProcesses);
    sys::read_full(answers.reader, std::as_writable_bytes(std::span{seen}));
    for (const pid_t child : children) {
        ::waitpid(child, nullptr, 0);
    }
    EXPECT_THAT(seen, Each(sys::status_of(ensure_mount_namespace(layout_)).st_ino));
    EXPECT_THAT(seen, Each(Not(0U)));
}

TEST_F(MountNamespaceTest, once_dropped_the_next_is_another_and_nothing_is_left)
{
    const sys::Fd first = ensure_mount_namespace(layout_);

    drop_mount_namespace(layout_);
    EXPECT_FALSE(sys::find_status(layout_.namespace_folder()));
    drop_mount_namespace(layout_);

    EXPECT_FALSE(sys::same_namespace(first, ensure_mount_namespace(layout_)));
}

TEST_F(MountNamespaceTest, what_a_crash_left_half_made_is_completed)
{
    // Bound, not yet private, no pin.
    sys::ensure_folders(layout_.namespace_folder());
    DetachedMount::bind(layout_.namespace_folder()).attach(layout_.namespace_folder()).release();

    EXPECT_NO_THROW(ensure_mount_namespace(layout_));
}

TEST_F(MountNamespaceTest, hides_the_second_cgroup_tree_of_a_hybrid_host)
{
    bool hidden = false;
    sys::in_mount_namespace(ensure_mount_namespace(layout_), [&] {
        hidden = !sys::find_status("/sys/fs/cgroup/unified/cgroup.controllers");
    });
    EXPECT_TRUE(hidden);
}

} // namespace
} // namespace strata::store
