// SPDX-License-Identifier: Apache-2.0
//
// Waiting for descriptors and for time, in a process of one thread.
#pragma once

#include "sys/fd.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>

namespace strata::sys {

struct Pipe {
    Fd reader;
    Fd writer;
};
Pipe make_pipe();

void set_nonblocking(const Fd& fd);

/// One write; how much was taken, 0 if a non-blocking descriptor takes nothing now. Throws
/// Errc::unavailable when nobody will ever read it (EPIPE; have SIGPIPE ignored).
std::size_t write_some(const Fd& fd, std::span<const std::byte> bytes);

/// Whether it became readable, or its other end went, in time. A negative timeout waits for ever.
bool wait_readable(const Fd& fd, std::chrono::milliseconds timeout);

enum class Interest : std::uint8_t { read = 1, write = 2, read_and_write = 3 };

struct Ready {
    bool readable = false; // or at its end, or in error: a read will tell
    bool writable = false;
};

/// Calls back what became ready, one after the other, on the thread that runs it. Regular files are
/// always ready, which is why this is poll(2) and not epoll.
///
/// A callback may add and remove watches and timers, its own too. What a callback throws leaves
/// run().
class EventLoop {
public:
    using Clock = std::chrono::steady_clock;
    using Watch = std::uint64_t; // never 0, never used twice
    using Timer = std::uint64_t;

    EventLoop();
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    /// The descriptor must stay open until its watch is removed.
    Watch watch(const Fd& fd, Interest interest, std::function<void(Ready)> callback);
    void change(Watch watch, Interest interest);
    void unwatch(Watch watch); // unknown ones are fine

    /// Once.
    Timer after(std::chrono::milliseconds delay, std::function<void()> callback);
    void cancel(Timer timer); // unknown ones are fine

    /// Until stop(), or until nothing is left to wait for.
    void run();
    void stop() noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace strata::sys
