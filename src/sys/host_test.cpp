// SPDX-License-Identifier: Apache-2.0
#include "sys/host.hpp"
#include "sys/random.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

namespace strata::sys {
namespace {

using ::testing::MatchesRegex;

TEST(Host, tells_what_it_is)
{
    EXPECT_EQ(kernel().system, "Linux");
    EXPECT_GE(cpu_count(), 1U);
    EXPECT_GT(memory_bytes(), 0U);
    EXPECT_THAT(boot_id(), MatchesRegex("[0-9a-f-]{36}"));
}

TEST(Host, knows_when_a_process_began)
{
    EXPECT_GT(start_time_of(::getpid()).value(), start_time_of(1).value());
    EXPECT_FALSE(start_time_of(1 << 30));
}

TEST(Host, root_can_do_everything)
{
    EXPECT_EQ(has_capability(Capability::chown), ::geteuid() == 0);
}

TEST(Random, gives_hex_of_the_length_asked_for)
{
    EXPECT_THAT(random_hex(32), MatchesRegex("[0-9a-f]{64}"));
    EXPECT_NE(random_hex(16), random_hex(16));
}

} // namespace
} // namespace strata::sys
