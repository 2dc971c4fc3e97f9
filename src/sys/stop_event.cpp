// SPDX-License-Identifier: Apache-2.0
#include "sys/stop_event.hpp"

#include "base/error.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <poll.h>

namespace strata::sys {
namespace {

Fd make_event()
{
    Fd event{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    if (!event) {
        throw_errno("make an event descriptor");
    }
    return event;
}

void signal_event(const Fd& event) noexcept
{
    const std::uint64_t one = 1;
    // Fails only when the count is full, and then it is readable as well.
    [[maybe_unused]] const ssize_t written = ::write(event.get(), &one, sizeof one);
}

} // namespace

StopEvent::StopEvent(const std::stop_token& stop)
    : fd_{make_event()}, on_stop_{stop, [this] { signal_event(fd_); }}
{
}

void wait_readable(const Fd& fd, const StopEvent& stop)
{
    for (;;) {
        std::array<::pollfd, 2> both{{{fd.get(), POLLIN, 0}, {stop.fd().get(), POLLIN, 0}}};
        if (::poll(both.data(), both.size(), -1) < 0) {
            if (errno == EINTR) {
                continue;
            }
            throw_errno("poll");
        }
        if (both[1].revents != 0) {
            throw Error{Errc::cancelled, "cancelled"};
        }
        if (both[0].revents != 0) {
            return;
        }
    }
}

} // namespace strata::sys
