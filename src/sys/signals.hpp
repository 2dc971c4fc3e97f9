// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/fd.hpp"

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strata::sys {

/// "SIGTERM"; "SIGRTMIN+3"; "signal 99" for what has no name.
std::string signal_name(int number);

/// What people and images write: "TERM", "SIGTERM", "sigterm", "15", "RTMIN+3", "RTMAX-1". Nothing
/// for anything else; 0 is no signal.
std::optional<int> find_signal(std::string_view text);
/// Throws Errc::invalid_argument, in Docker's words.
int parse_signal(std::string_view text);

/// One that arrived.
struct SignalInfo {
    int number = 0;
    int sender = 0; // pid; 0 from the kernel, such as for a key at the terminal
};

/// Takes signals away from their handlers and hands them over as data, for as long as it lives;
/// what was blocked before is restored then. Children get none of it (see Process::spawn). Only
/// signals to the thread that made it, or to a process of one thread, are caught.
class SignalFd {
public:
    explicit SignalFd(std::initializer_list<int> numbers);
    explicit SignalFd(const std::vector<int>& numbers);
    SignalFd(SignalFd&&) = delete;
    ~SignalFd();

    /// Readable when a signal has arrived.
    const Fd& fd() const noexcept { return fd_; }
    /// The next that has arrived; nothing when there is none. Several of one kind may count as one.
    std::optional<SignalInfo> read();

private:
    std::vector<int> newly_blocked_;
    Fd fd_;
};

/// All that can be forwarded to a program that runs for us: everything but KILL and STOP, which
/// nobody can catch; CHLD, PIPE and URG, which speak of our own affairs; WINCH, TTIN and TTOU,
/// which speak of our terminal. A real fault of ours still ends us: the kernel does not hold those
/// back.
std::vector<int> forwardable_signals();

/// A write to a closed pipe is to be an error, not our end. Process-wide; children get the default.
void ignore_broken_pipes() noexcept;

} // namespace strata::sys
