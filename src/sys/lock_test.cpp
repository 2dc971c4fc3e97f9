// SPDX-License-Identifier: Apache-2.0
#include "sys/lock.hpp"
#include "testing/errors.hpp"
#include "testing/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>

#include <atomic>
#include <thread>

namespace strata::sys {
namespace {

using strata::testing::FailsWith;
using strata::testing::TempDir;

class Lock : public ::testing::Test {
protected:
    Fd open_again() { return open_file(dir_.path() / "lock", O_RDWR | O_CREAT, 0600); }

private:
    strata::testing::TempDir dir_;
};

TEST_F(Lock, keeps_others_out_until_its_last_descriptor_is_closed)
{
    Fd mine = open_again();
    lock(mine, LockMode::exclusive);
    Fd copy = mine.duplicate();
    const Fd other = open_again();

    EXPECT_FALSE(try_lock(other, LockMode::shared));
    mine.reset();
    EXPECT_FALSE(try_lock(other, LockMode::shared));
    copy.reset();
    EXPECT_TRUE(try_lock(other, LockMode::exclusive));
}

TEST_F(Lock, is_shared_by_many_readers)
{
    const Fd one = open_again();
    const Fd two = open_again();
    const Fd three = open_again();

    EXPECT_TRUE(try_lock(one, LockMode::shared));
    EXPECT_TRUE(try_lock(two, LockMode::shared));
    EXPECT_FALSE(try_lock(three, LockMode::exclusive));
    unlock(one);
    unlock(two);
    EXPECT_TRUE(try_lock(three, LockMode::exclusive));
}

TEST_F(Lock, of_one_byte_leaves_the_others_alone)
{
    auto mine = open_again();
    lock_byte(mine, 7);
    lock_byte(open_again(), 8);
    std::atomic<bool> got = false;
    std::jthread waiter{[&] {
        lock_byte(open_again(), 7);
        got = true;
    }};
    EXPECT_FALSE(got);
    mine.reset();
    waiter.join();
    EXPECT_TRUE(got);
}

TEST(FileLock, excludes_others_until_it_goes)
{
    TempDir dir;
    {
        const FileLock held = FileLock::acquire(dir / "lock");
        EXPECT_FALSE(FileLock::try_acquire(dir / "lock"));
        EXPECT_FALSE(FileLock::try_acquire(dir / "lock", LockMode::shared));
    }
    EXPECT_TRUE(FileLock::try_acquire(dir / "lock"));
}

TEST(FileLock, readers_share)
{
    TempDir dir;
    const FileLock held = FileLock::acquire(dir / "lock", LockMode::shared);

    EXPECT_TRUE(FileLock::try_acquire(dir / "lock", LockMode::shared));
    EXPECT_FALSE(FileLock::try_acquire(dir / "lock"));
}

TEST(FileLock, waiting_can_be_cancelled)
{
    TempDir dir;
    const FileLock held = FileLock::acquire(dir / "lock");
    std::stop_source stop;
    std::jthread canceller{[&] { stop.request_stop(); }};

    EXPECT_THAT([&] { FileLock::acquire(dir / "lock", LockMode::exclusive, stop.get_token()); },
                FailsWith(Errc::cancelled));
}

TEST(FileLock, a_lock_on_a_removed_file_does_not_count)
{
    TempDir dir;
    std::optional<FileLock> first = FileLock::acquire(dir / "lock");
    std::jthread waiter;
    std::optional<FileLock> second;
    {
        waiter = std::jthread{[&] { second = FileLock::acquire(dir / "lock"); }};
        remove_file(dir / "lock"); // as the last user of a lease's folder does
        first.reset();
    }
    waiter.join();

    EXPECT_FALSE(FileLock::try_acquire(dir / "lock"));
    second.reset();
    EXPECT_TRUE(FileLock::try_acquire(dir / "lock"));
}

TEST(FileLock, a_released_descriptor_keeps_the_lock)
{
    TempDir dir;
    Fd fd = FileLock::acquire(dir / "lock").release();

    EXPECT_FALSE(FileLock::try_acquire(dir / "lock"));
    fd.reset();
    EXPECT_TRUE(FileLock::try_acquire(dir / "lock"));
}

} // namespace
} // namespace strata::sys
