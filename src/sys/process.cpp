// SPDX-License-Identifier: Apache-2.0
#include "sys/process.hpp"

#include "base/error.hpp"
#include "sys/poll.hpp"
#include "sys/signals.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <poll.h>
#include <spawn.h>

namespace strata::sys {
namespace {

constexpr idtype_t kPidFd = static_cast<idtype_t>(3); // P_PIDFD, which glibc 2.36 lacks

void must(int error_number, const char* doing)
{
    if (error_number != 0) {
        throw_system_error(error_number, doing);
    }
}

class FileActions {
public:
    FileActions() { must(::posix_spawn_file_actions_init(&actions_), "prepare a process"); }
    FileActions(const FileActions&) = delete;
    FileActions& operator=(const FileActions&) = delete;
    ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }

    /// The child's descriptors may overlap ours ({0 <- 5, 5 <- 0}), so all sources are first moved
    /// out of the way of all targets.
    void map(const std::vector<FdMapping>& fds)
    {
        int highest = 2;
        for (const FdMapping& mapping : fds) {
            highest = std::max(highest, mapping.number);
        }
        for (const FdMapping& mapping : fds) {
            const int moved = ::fcntl(mapping.fd.get(), F_DUPFD_CLOEXEC, highest + 1);
            if (moved < 0) {
                throw_errno("duplicate descriptor {}", mapping.fd.get());
            }
            moved_.emplace_back(moved);
            must(::posix_spawn_file_actions_adddup2(&actions_, moved, mapping.number),
                 "prepare a process");
        }
        // Ours are close-on-exec, but who started us may have left us others.
        for (int number = 3; number <= highest; ++number) {
            if (std::ranges::none_of(
                    fds, [&](const FdMapping& mapping) { return mapping.number == number; })) {
                must(::posix_spawn_file_actions_addclose(&actions_, number), "prepare a process");
            }
        }
        must(::posix_spawn_file_actions_addclosefrom_np(&actions_, highest + 1),
             "prepare a process");
    }
    void enter(const Path& folder)
    {
        must(::posix_spawn_file_actions_addchdir_np(&actions_, folder.c_str()),
             "prepare a process");
    }
    const posix_spawn_file_actions_t* get() const noexcept { return &actions_; }

private:
    posix_spawn_file_actions_t actions_{};
    std::vector<Fd> moved_;
};

class Attributes {
public:
    explicit Attributes(const SpawnOptions& options)
    {
        must(::posix_spawnattr_init(&attributes_), "prepare a process");
        sigset_t none;
        sigset_t all;
        ::sigemptyset(&none);
        // Not sigfillset, which leaves out the two signals that glibc uses itself and that
        // posix_spawn then leaves ignored in the child.
        std::memset(&all, 0xff, sizeof all);
        int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
        if (options.new_session == NewSession::yes) {
            flags |= POSIX_SPAWN_SETSID;
        } else if (options.new_group == NewGroup::yes) {
            flags |= POSIX_SPAWN_SETPGROUP; // of its own: the group attribute is 0
        }
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setsigdefault(&attributes_, &all);
        ::posix_spawnattr_setflags(&attributes_, static_cast<short>(flags));
    }
    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;
    ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }

    const posix_spawnattr_t* get() const noexcept { return &attributes_; }

private:
    posix_spawnattr_t attributes_{};
};

/// As exec wants them: pointers to the strings, and a null.
std::vector<char*> pointers_to(const std::vector<std::string>& texts)
{
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (const std::string& text : texts) {
        pointers.push_back(const_cast<char*>(text.c_str()));
    }
    pointers.push_back(nullptr);
    return pointers;
}

Fd open_pidfd(int pid)
{
    return Fd{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
}

ExitStatus status_from(const siginfo_t& info)
{
    if (info.si_code == CLD_EXITED) {
        return {.code = info.si_status};
    }
    return {.signal = info.si_status, .core = info.si_code == CLD_DUMPED};
}

/// Nothing if it runs on; throws when it is not our child.
std::optional<ExitStatus> wait_on(const Fd& pidfd, int options)
{
    siginfo_t info{};
    while (::waitid(kPidFd, static_cast<id_t>(pidfd.get()), &info, WEXITED | options) != 0) {
        if (errno == ECHILD) {
            throw Error{Errc::not_found,
                        "the process is not a child, or was reaped by somebody else"};
        }
        if (errno != EINTR) {
            throw_errno("wait for a process");
        }
    }
    return info.si_pid == 0 ? std::nullopt : std::optional{status_from(info)};
}

} // namespace

std::string ExitStatus::describe() const
{
    if (signal == 0) {
        return fmt::format("exit code {}", code);
    }
    return fmt::format("killed by {}{}", signal_name(signal), core ? " (core dumped)" : "");
}

Process Process::spawn(const SpawnOptions& options)
{
    if (options.command.empty()) {
        throw Error{Errc::invalid_argument, "no program to run"};
    }
    FileActions actions;
    actions.map(options.fds);
    if (!options.folder.empty()) {
        actions.enter(options.folder);
    }
    const Attributes attributes{options};
    const std::vector<char*> arguments = pointers_to(options.command);
    const std::vector<char*> environment =
        options.environment ? pointers_to(*options.environment) : std::vector<char*>{};

    int pid = 0;
    const int failed =
        ::posix_spawnp(&pid, options.command.front().c_str(), actions.get(), attributes.get(),
                       arguments.data(), options.environment ? environment.data() : environ);
    if (failed != 0) {
        throw_system_error(failed, fmt::format("run {}", options.command.front()));
    }
    // Nobody else reaps our children, so the number still means this one, even if it has ended.
    Fd pidfd = open_pidfd(pid);
    if (!pidfd) {
        const int saved = errno;
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        throw_system_error(saved, fmt::format("hold process {}", pid));
    }
    return Process{pid, std::move(pidfd)};
}

Process::Process(Process&& other) noexcept
    : pid_{std::exchange(other.pid_, 0)}, pidfd_{std::move(other.pidfd_)}
{
}

Process& Process::operator=(Process&& other) noexcept
{
    std::swap(pid_, other.pid_);
    std::swap(pidfd_, other.pidfd_);
    return *this;
}

Process::~Process()
{
    if (pidfd_) {
        ::syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0);
        siginfo_t info{};
        while (::waitid(kPidFd, static_cast<id_t>(pidfd_.get()), &info, WEXITED) != 0 &&
               errno == EINTR) {
        }
    }
}

ExitStatus Process::wait()
{
    const ExitStatus status = wait_on(pidfd_, 0).value();
    pidfd_.reset();
    return status;
}

std::optional<ExitStatus> Process::try_wait()
{
    const auto status = wait_on(pidfd_, WNOHANG);
    if (status) {
        pidfd_.reset();
    }
    return status;
}

std::optional<ExitStatus> Process::wait_for(std::chrono::milliseconds timeout)
{
    wait_readable(pidfd_, timeout);
    return try_wait();
}

void Process::kill(int signal) const
{
    send_signal(pidfd_, signal);
}

void Process::detach() && noexcept
{
    pid_ = 0;
    pidfd_.reset();
}

Output run_and_collect(SpawnOptions options, std::uint64_t limit)
{
    auto [out, out_end] = make_pipe();
    auto [error, error_end] = make_pipe();
    const Fd nothing = open_file("/dev/null", O_RDONLY);
    if (std::ranges::none_of(options.fds,
                             [](const FdMapping& mapping) { return mapping.number == 0; })) {
        options.fds.push_back({0, nothing});
    }
    options.fds.push_back({1, out_end});
    options.fds.push_back({2, error_end});
    Process process = Process::spawn(options);
    out_end.reset();
    error_end.reset();

    Output result;
    std::vector<std::byte> buffer(65536);
    const auto take = [&](Fd& from, std::string& into) {
        const std::size_t got = read_some(from, buffer);
        if (got == 0) {
            from.reset();
        }
        into.append(reinterpret_cast<const char*>(buffer.data()), got);
        if (into.size() > limit) {
            throw Error{Errc::exhausted, fmt::format("{} printed more than {} bytes",
                                                     options.command.front(), limit)};
        }
    };
    while (out || error) {
        std::array<::pollfd, 2> both{{{out.get(), POLLIN, 0}, {error.get(), POLLIN, 0}}};
        if (::poll(both.data(), both.size(), -1) < 0 && errno != EINTR) {
            throw_errno("poll");
        }
        if (both[0].revents != 0) {
            take(out, result.out);
        }
        if (both[1].revents != 0) {
            take(error, result.error);
        }
    }
    result.status = process.wait();
    return result;
}

std::optional<Fd> find_process(int pid)
{
    Fd found = open_pidfd(pid);
    if (found) {
        return found;
    }
    if (errno == ESRCH ||
        errno == EINVAL) { // EINVAL: not a process's number, and for one thread of it
        return std::nullopt;
    }
    throw_errno("hold process {}", pid);
}

bool send_signal(const Fd& pidfd, int signal)
{
    if (::syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0) == 0) {
        return true;
    }
    if (errno == ESRCH) {
        return false;
    }
    throw_errno("send {}", signal_name(signal));
}

bool has_ended(const Fd& pidfd)
{
    return wait_readable(pidfd, std::chrono::milliseconds{0});
}

void become_subreaper()
{
    if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) {
        throw_errno("become a subreaper");
    }
}

std::optional<Reaped> reap_any()
{
    siginfo_t info{};
    while (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG) != 0) {
        if (errno == ECHILD) {
            return std::nullopt;
        }
        if (errno != EINTR) {
            throw_errno("wait for children");
        }
    }
    if (info.si_pid == 0) {
        return std::nullopt;
    }
    return Reaped{info.si_pid, status_from(info)};
}

} // namespace strata::sys
