// SPDX-License-Identifier: Apache-2.0
#include "base/scope_exit.hpp"
#include "sys/interruption.hpp"
#include "sys/poll.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <csignal>

namespace strata::sys {
namespace {

constexpr std::chrono::milliseconds kForEver{-1};

/// To the process, as a terminal or another process would.
void send(int number)
{
    ::kill(::getpid(), number);
}

TEST(Interruption, is_a_request_to_stop)
{
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        const Interruption interruption;
        const StopEvent stopped{interruption.token()};
        EXPECT_EQ(interruption.signal(), 0);

        send(number);

        EXPECT_TRUE(wait_readable(stopped.fd(), kForEver));
        EXPECT_EQ(interruption.signal(), number);
    }
}

TEST(InterruptionDeathTest, a_second_signal_ends_the_process)
{
    const auto interrupted_twice = [] {
        const Interruption interruption;
        const StopEvent stopped{interruption.token()};
        send(SIGINT);
        wait_readable(stopped.fd(), kForEver);
        send(SIGTERM);
        ::pause();
    };
    EXPECT_EXIT(interrupted_twice(), ::testing::KilledBySignal(SIGTERM), "");
}

TEST(Interruption, leaves_what_is_ignored_alone)
{
    ::signal(SIGHUP, SIG_IGN); // as nohup does
    const ScopeExit obey_again{[] { ::signal(SIGHUP, SIG_DFL); }};
    const Interruption interruption;
    const StopEvent stopped{interruption.token()};

    send(SIGHUP);
    send(SIGINT); // comes after it

    EXPECT_TRUE(wait_readable(stopped.fd(), kForEver));
    EXPECT_EQ(interruption.signal(), SIGINT);
}

TEST(InterruptionDeathTest, a_process_can_die_of_the_signal_that_it_held_back)
{
    const auto die = [] {
        const Interruption interruption;
        die_of_signal(SIGINT);
    };
    EXPECT_EXIT(die(), ::testing::KilledBySignal(SIGINT), "");
}

} // namespace
} // namespace strata::sys
