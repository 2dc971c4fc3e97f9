// SPDX-License-Identifier: Apache-2.0
//
// Child processes, held by pidfd: a number can come to mean another process, a descriptor cannot.
#pragma once

#include "sys/fd.hpp"
#include "sys/file.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace strata::sys {

/// How a process ended.
struct ExitStatus {
    int code = 0;      // if it exited
    int signal = 0;    // if one killed it; 0 otherwise
    bool core = false; // and dumped core

    bool success() const noexcept { return code == 0 && signal == 0; }
    /// As shells and Docker count: 128 + n for signal n.
    int shell_code() const noexcept { return signal != 0 ? 128 + signal : code; }
    std::string describe() const; // "exit code 3", "killed by SIGSEGV (core dumped)"
};

/// `fd` becomes the child's descriptor `number`. Borrowed: it must be open until spawn() returns.
struct FdMapping {
    int number = -1;
    const Fd& fd;
};

enum class NewSession { no, yes };
enum class NewGroup { no, yes };

struct SpawnOptions {
    /// The program and its arguments. Without a slash in its name it is looked for in our PATH.
    std::vector<std::string> command = {};
    /// All of its environment, as NAME=value; none: ours.
    std::optional<std::vector<std::string>> environment = {};
    /// Beyond these the child has our 0, 1 and 2, where they are not replaced here, and nothing
    /// else.
    std::vector<FdMapping> fds = {};
    Path folder = {}; // to start in; empty: ours
    NewSession new_session = NewSession::no;
    NewGroup new_group = NewGroup::no;
};

/// A child, and the duty to reap it. Move-only. The destructor kills it and waits, unless it has
/// been waited for or detached.
class Process {
public:
    /// Starts a program with no signal blocked and all at their defaults. Does not copy our memory
    /// (vfork semantics), and is safe beside other threads. Throws Errc::not_found or Errc::denied
    /// when the program cannot be executed.
    static Process spawn(const SpawnOptions& options);

    Process() noexcept = default;
    Process(Process&&) noexcept;
    Process& operator=(Process&&) noexcept;
    ~Process();

    explicit operator bool() const noexcept { return static_cast<bool>(pidfd_); }
    int pid() const noexcept { return pid_; }
    /// Readable once it has ended, for polling.
    const Fd& pidfd() const noexcept { return pidfd_; }

    /// Waits for its end and reaps it; call at most once. Throws Errc::not_found when somebody else
    /// has reaped it (reap_any() in the same process).
    ExitStatus wait();
    std::optional<ExitStatus> try_wait();
    std::optional<ExitStatus> wait_for(std::chrono::milliseconds timeout);

    void kill(int signal) const; // if it has ended already: nothing
    /// Leaves it to run, and to be reaped by whoever inherits or reaps it.
    void detach() && noexcept;

private:
    Process(int pid, Fd pidfd) noexcept : pid_{pid}, pidfd_{std::move(pidfd)} {}

    int pid_ = 0;
    Fd pidfd_;
};

/// Runs a program to its end with its output collected, for short answers.
struct Output {
    ExitStatus status;
    std::string out;
    std::string error;
};
/// `options.fds` must not map 1 and 2; 0 is /dev/null unless mapped. Throws Errc::exhausted when
/// either output is longer than `limit`; the program is killed then.
Output run_and_collect(SpawnOptions options, std::uint64_t limit = 1 << 20);

/// A process that is not ours: found by its number, and held. Nothing if there is none.
std::optional<Fd> find_process(int pid);
/// To a process held by its pidfd. False if it has ended.
bool send_signal(const Fd& pidfd, int signal);
bool has_ended(const Fd& pidfd);

/// Orphaned descendants become the calling process's children instead of init's.
void become_subreaper();

struct Reaped {
    int pid = 0;
    ExitStatus status;
};
/// Reaps any one child that has ended, without waiting; nothing if none has, or there is none.
/// For the process whose whole purpose is to reap; elsewhere it takes away what Process waits for.
std::optional<Reaped> reap_any();

} // namespace strata::sys
