// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/signals.hpp"
#include "sys/stop_event.hpp"

#include <atomic>
#include <stop_token>
#include <thread>
#include <vector>

namespace strata::sys {

/// Makes SIGINT, SIGTERM and SIGHUP a request to stop, for as long as it lives: the first of them
/// requests it, so that what is at hand can be put in order; the second ends the process at once.
/// Those that are ignored (nohup, a shell's background jobs) stay ignored.
///
/// To be made before any other thread is started: threads inherit that these signals are held back.
class Interruption {
public:
    Interruption();
    Interruption(Interruption&&) = delete;
    ~Interruption();

    std::stop_token token() const noexcept { return stop_.get_token(); }
    /// The signal that came; 0 when none has.
    int signal() const noexcept { return signal_; }

private:
    void watch(const StopEvent& end);

    std::vector<int> numbers_;
    SignalFd signals_;
    std::stop_source stop_;
    std::atomic<int> signal_{0};
    std::jthread watcher_; // last: it uses all the others
};

/// Ends the process by that signal, whatever was to become of it: whoever waits for us sees how it
/// ended, and a shell's loop ends with it.
[[noreturn]] void die_of_signal(int number);

} // namespace strata::sys
