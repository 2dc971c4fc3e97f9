// SPDX-License-Identifier: Apache-2.0
#include "sys/poll.hpp"
#include "sys/signals.hpp"
#include "testing/errors.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <csignal>

namespace strata::sys {
namespace {

using strata::testing::FailsWith;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Signals, have_names)
{
    EXPECT_EQ(signal_name(SIGTERM), "SIGTERM");
    EXPECT_EQ(signal_name(SIGABRT), "SIGABRT");
    EXPECT_EQ(signal_name(37), "SIGRTMIN+3");
    EXPECT_EQ(signal_name(99), "signal 99");
}

TEST(Signals, are_found_however_they_are_written)
{
    for (const char* text : {"TERM", "SIGTERM", "sigterm", "15"}) {
        EXPECT_EQ(find_signal(text), SIGTERM) << text;
    }
    EXPECT_EQ(find_signal("RTMIN+3"), 37);
    EXPECT_EQ(find_signal("SIGRTMAX-1"), 63);
    for (const char* text :
         {"", "0", "-1", "65", "SIG", "TERMINATE", "RTMIN+31", "RTMIN-1", "RTMAX+1", "15 "}) {
        EXPECT_FALSE(find_signal(text)) << text;
    }
    EXPECT_THAT([] { parse_signal("NOPE"); },
                FailsWith(Errc::invalid_argument, HasSubstr("invalid signal: NOPE")));
}

TEST(Signals, arrive_as_data)
{
    SignalFd signals{SIGUSR1, SIGWINCH};
    EXPECT_FALSE(signals.read());

    ::raise(SIGUSR1);

    EXPECT_TRUE(wait_readable(signals.fd(), std::chrono::milliseconds{0}));
    const auto arrived = signals.read();
    ASSERT_TRUE(arrived);
    EXPECT_EQ(arrived->number, SIGUSR1);
    EXPECT_EQ(arrived->sender, ::getpid());
    EXPECT_FALSE(signals.read());
}

TEST(Signals, those_that_concern_us_are_not_forwarded)
{
    EXPECT_THAT(forwardable_signals(), Contains(SIGTERM));
    EXPECT_THAT(forwardable_signals(), Contains(SIGHUP));
    for (const int ours : {SIGKILL, SIGSTOP, SIGCHLD, SIGPIPE, SIGWINCH, 32, 33}) {
        EXPECT_THAT(forwardable_signals(), Not(Contains(ours)));
    }
}

} // namespace
} // namespace strata::sys
