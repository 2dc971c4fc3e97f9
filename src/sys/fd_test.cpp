// SPDX-License-Identifier: Apache-2.0
#include "sys/fd.hpp"
#include "sys/file.hpp"
#include "testing/errors.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>

namespace strata::sys {
namespace {

using strata::testing::FailsWith;

bool is_open(int number)
{
    return ::fcntl(number, F_GETFD) >= 0;
}

TEST(Fd, closes_its_descriptor_at_the_end_of_its_life)
{
    int number = -1;
    {
        const Fd fd = open_file("/", O_PATH);
        number = fd.get();
        ASSERT_TRUE(is_open(number));
    }
    EXPECT_FALSE(is_open(number));
}

TEST(Fd, a_duplicate_is_close_on_exec_and_outlives_the_original)
{
    Fd original = open_file("/", O_PATH);

    const Fd copy = original.duplicate();
    original.reset();

    EXPECT_EQ(::fcntl(copy.get(), F_GETFD), FD_CLOEXEC);
}

TEST(Fd, duplicating_nothing_is_an_error)
{
    EXPECT_THAT([] { (void)Fd{}.duplicate(); }, FailsWith(Errc::internal));
}

} // namespace
} // namespace strata::sys
