// SPDX-License-Identifier: Apache-2.0
#include "sys/file.hpp"
#include "sys/lock.hpp"
#include "testing/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>

namespace strata::sys {
namespace {

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

} // namespace
} // namespace strata::sys
