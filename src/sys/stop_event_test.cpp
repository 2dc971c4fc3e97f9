// SPDX-License-Identifier: Apache-2.0
#include "sys/file.hpp"
#include "sys/poll.hpp"
#include "sys/stop_event.hpp"
#include "testing/errors.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace strata::sys {
namespace {

using strata::testing::FailsWith;
using ::testing::HasSubstr;

TEST(StopEvent, is_readable_once_a_stop_was_requested)
{
    std::stop_source stop;
    const StopEvent event{stop.get_token()};
    EXPECT_FALSE(wait_readable(event.fd(), std::chrono::milliseconds{0}));

    stop.request_stop();

    EXPECT_TRUE(wait_readable(event.fd(), std::chrono::milliseconds{0}));
    EXPECT_TRUE(wait_readable(event.fd(), std::chrono::milliseconds{0}));
}

TEST(StopEvent, ends_a_wait_for_something_else)
{
    std::stop_source stop;
    const StopEvent event{stop.get_token()};
    const Pipe silent = make_pipe();
    const std::jthread stopper{[&] { stop.request_stop(); }};

    EXPECT_THAT([&] { wait_readable(silent.reader, event); },
                FailsWith(Errc::cancelled, HasSubstr("cancelled")));
}

TEST(StopEvent, lets_wait_for_data_and_for_the_end)
{
    const std::stop_source stop;
    const StopEvent event{stop.get_token()};
    Pipe pipe = make_pipe();
    write_all(pipe.writer, "x");

    wait_readable(pipe.reader, event);

    std::array<std::byte, 8> buffer{};
    EXPECT_EQ(read_some(pipe.reader, buffer), 1u);
    pipe.writer = Fd{};
    wait_readable(pipe.reader, event);
    EXPECT_EQ(read_some(pipe.reader, buffer), 0u);
}

} // namespace
} // namespace strata::sys
