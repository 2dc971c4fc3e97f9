// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/fd.hpp"

#include <functional>
#include <stop_token>

namespace strata::sys {

/// A stop token as a descriptor, for whoever waits with poll(2): readable once a stop has been
/// requested, and from then on.
class StopEvent {
public:
    explicit StopEvent(const std::stop_token& stop);
    StopEvent(StopEvent&&) = delete;

    const Fd& fd() const noexcept { return fd_; }

private:
    Fd fd_;
    std::stop_callback<std::function<void()>> on_stop_;
};

/// Until it is readable, or at its end. Throws Errc::cancelled once a stop has been requested.
void wait_readable(const Fd& fd, const StopEvent& stop);

} // namespace strata::sys
