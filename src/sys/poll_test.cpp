// SPDX-License-Identifier: Apache-2.0
#include "sys/file.hpp"
#include "sys/poll.hpp"
#include "testing/errors.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>

#include <array>
#include <string>

namespace strata::sys {
namespace {

using std::chrono::milliseconds;
using strata::testing::FailsWith;
using ::testing::ElementsAre;

TEST(EventLoop, calls_back_what_is_readable_until_its_end)
{
    auto [reader, writer] = make_pipe();
    write_all(writer, "hello");
    writer.reset();
    EventLoop loop;
    std::string text;
    EventLoop::Watch watch = 0;
    watch = loop.watch(reader, Interest::read, [&](Ready) {
        std::array<std::byte, 3> some{};
        const std::size_t got = read_some(reader, some);
        text.append(reinterpret_cast<const char*>(some.data()), got);
        if (got == 0) {
            loop.unwatch(watch);
        }
    });

    loop.run(); // ends by itself: nothing is left to wait for

    EXPECT_EQ(text, "hello");
}

TEST(EventLoop, runs_timers_in_order_and_not_those_that_were_cancelled)
{
    EventLoop loop;
    std::vector<int> order;
    loop.after(milliseconds{20}, [&] { order.push_back(3); });
    const EventLoop::Timer never = loop.after(milliseconds{2}, [&] { order.push_back(2); });
    loop.after(milliseconds{1}, [&] {
        order.push_back(1);
        loop.cancel(never);
    });

    loop.run();

    EXPECT_THAT(order, ElementsAre(1, 3));
}

TEST(EventLoop, a_callback_may_remove_others_and_stop_it)
{
    const auto [reader, writer] = make_pipe();
    const auto [other_reader, other_writer] = make_pipe();
    write_all(writer, "x");
    write_all(other_writer, "x");
    EventLoop loop;
    int calls = 0;
    std::array<EventLoop::Watch, 2> watches{};
    const auto callback = [&](Ready) {
        ++calls;
        loop.unwatch(watches[0]);
        loop.unwatch(watches[1]);
        loop.stop();
    };
    watches = {loop.watch(reader, Interest::read, callback),
               loop.watch(other_reader, Interest::read, callback)};
    loop.after(milliseconds{1'000'000}, [] {});

    loop.run();

    EXPECT_EQ(calls, 1);
}

TEST(EventLoop, waits_for_room_to_write_only_while_asked_to)
{
    const auto [reader, writer] = make_pipe();
    EventLoop loop;
    Ready seen{};
    EventLoop::Watch watch = 0;
    watch = loop.watch(writer, Interest::write, [&](Ready ready) {
        seen = ready;
        loop.change(watch, Interest::read);
        loop.stop();
    });

    loop.run();

    EXPECT_TRUE(seen.writable);
    EXPECT_FALSE(seen.readable);
}

TEST(EventLoop, regular_files_are_always_ready)
{
    const Fd file = open_file("/proc/self/exe", O_RDONLY);
    EventLoop loop;
    bool called = false;
    loop.watch(file, Interest::read, [&](Ready ready) {
        called = ready.readable;
        loop.stop();
    });

    loop.run();

    EXPECT_TRUE(called);
}

TEST(Poll, a_full_pipe_takes_nothing_now)
{
    const auto [reader, writer] = make_pipe();
    set_nonblocking(writer);
    set_nonblocking(reader);
    const std::vector<std::byte> much(1 << 20);

    EXPECT_GT(write_some(writer, much), 0U);
    EXPECT_EQ(write_some(writer, much), 0U);
    EXPECT_TRUE(wait_readable(reader, milliseconds{0}));
    std::vector<std::byte> into(2 << 20);
    EXPECT_GT(read_some(reader, into), 0U);
    EXPECT_THAT([&] { read_some(reader, into); }, FailsWith(Errc::unavailable));
    EXPECT_FALSE(wait_readable(reader, milliseconds{1}));
}

} // namespace
} // namespace strata::sys
