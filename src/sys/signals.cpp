// SPDX-License-Identifier: Apache-2.0
#include "sys/signals.hpp"

#include "base/error.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <csignal>

namespace strata::sys {
namespace {

struct Named {
    std::string_view name;
    int number;
};

// clang-format off
constexpr auto kNames = std::to_array<Named>({
    {"ABRT", SIGABRT}, {"ALRM", SIGALRM}, {"BUS", SIGBUS}, {"CHLD", SIGCHLD}, {"CONT", SIGCONT},
    {"FPE", SIGFPE}, {"HUP", SIGHUP}, {"ILL", SIGILL}, {"INT", SIGINT}, {"IO", SIGIO},
    {"KILL", SIGKILL}, {"PIPE", SIGPIPE}, {"PROF", SIGPROF}, {"PWR", SIGPWR}, {"QUIT", SIGQUIT},
    {"SEGV", SIGSEGV}, {"STKFLT", SIGSTKFLT}, {"STOP", SIGSTOP}, {"SYS", SIGSYS}, {"TERM", SIGTERM},
    {"TRAP", SIGTRAP}, {"TSTP", SIGTSTP}, {"TTIN", SIGTTIN}, {"TTOU", SIGTTOU}, {"URG", SIGURG},
    {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"VTALRM", SIGVTALRM}, {"WINCH", SIGWINCH},
    {"XCPU", SIGXCPU}, {"XFSZ", SIGXFSZ},
    // Second names, found but never given.
    {"CLD", SIGCHLD}, {"IOT", SIGABRT}, {"POLL", SIGIO},
});
// clang-format on

// The kernel's count: glibc keeps two real-time signals for itself, and SIGRTMIN is 34 there as it
// is in Docker's table.
constexpr int kRealTimeMin = 34;
constexpr int kRealTimeMax = 64;

std::optional<int> parse_number(std::string_view text)
{
    int number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    return failure == std::errc{} && end == text.data() + text.size() && !text.empty()
               ? std::optional{number}
               : std::nullopt;
}

/// "RTMIN", "RTMIN+3", "RTMAX-2".
std::optional<int> find_real_time(std::string_view name)
{
    const bool from_min = name.starts_with("RTMIN");
    if (!from_min && !name.starts_with("RTMAX")) {
        return std::nullopt;
    }
    name.remove_prefix(5);
    const int base = from_min ? kRealTimeMin : kRealTimeMax;
    if (name.empty()) {
        return base;
    }
    const bool signed_right = name.front() == (from_min ? '+' : '-');
    const auto offset = parse_number(name.substr(1));
    if (!signed_right || !offset || *offset < 0 || *offset > kRealTimeMax - kRealTimeMin) {
        return std::nullopt;
    }
    return from_min ? base + *offset : base - *offset;
}

sigset_t set_of(const std::vector<int>& numbers)
{
    sigset_t set;
    ::sigemptyset(&set);
    for (const int number : numbers) {
        ::sigaddset(&set, number);
    }
    return set;
}

} // namespace

std::string signal_name(int number)
{
    const auto* const found = std::ranges::find(kNames, number, &Named::number);
    if (found != kNames.end()) {
        return fmt::format("SIG{}", found->name);
    }
    if (number >= kRealTimeMin && number <= kRealTimeMax) {
        return number == kRealTimeMin ? "SIGRTMIN"
                                      : fmt::format("SIGRTMIN+{}", number - kRealTimeMin);
    }
    return fmt::format("signal {}", number);
}

std::optional<int> find_signal(std::string_view text)
{
    if (const auto number = parse_number(text)) {
        return *number >= 1 && *number <= kRealTimeMax ? number : std::nullopt;
    }
    std::string name{text};
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    std::string_view rest{name};
    if (rest.starts_with("SIG")) {
        rest.remove_prefix(3);
    }
    const auto* const found = std::ranges::find(kNames, rest, &Named::name);
    return found != kNames.end() ? std::optional{found->number} : find_real_time(rest);
}

int parse_signal(std::string_view text)
{
    if (const auto number = find_signal(text)) {
        return *number;
    }
    throw Error{Errc::invalid_argument, fmt::format("invalid signal: {}", text)};
}

SignalFd::SignalFd(std::initializer_list<int> numbers) : SignalFd{std::vector<int>{numbers}} {}

SignalFd::SignalFd(const std::vector<int>& numbers)
{
    const sigset_t set = set_of(numbers);
    sigset_t before;
    fd_ = Fd{::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
    if (!fd_) {
        throw_errno("make a signal descriptor");
    }
    if (const int failed = ::pthread_sigmask(SIG_BLOCK, &set, &before); failed != 0) {
        throw_system_error(failed, "block signals");
    }
    for (const int number : numbers) {
        if (::sigismember(&before, number) == 0) {
            newly_blocked_.push_back(number);
        }
    }
}

SignalFd::~SignalFd()
{
    const sigset_t set = set_of(newly_blocked_);
    ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

std::optional<SignalInfo> SignalFd::read()
{
    ::signalfd_siginfo info{};
    for (;;) {
        const ssize_t got = ::read(fd_.get(), &info, sizeof info);
        if (got == static_cast<ssize_t>(sizeof info)) {
            return SignalInfo{static_cast<int>(info.ssi_signo), static_cast<int>(info.ssi_pid)};
        }
        if (errno == EAGAIN) {
            return std::nullopt;
        }
        if (errno != EINTR) {
            throw_errno("read signals");
        }
    }
}

std::vector<int> forwardable_signals()
{
    constexpr std::array kOurs{SIGKILL, SIGSTOP,  SIGCHLD, SIGPIPE,
                               SIGURG,  SIGWINCH, SIGTTIN, SIGTTOU};
    std::vector<int> numbers;
    for (int number = 1; number <= kRealTimeMax; ++number) {
        const bool internal = number > SIGSYS && number < kRealTimeMin; // glibc's own two
        if (!internal && std::ranges::find(kOurs, number) == kOurs.end()) {
            numbers.push_back(number);
        }
    }
    return numbers;
}

void ignore_broken_pipes() noexcept
{
    ::signal(SIGPIPE,
             SIG_IGN); // NOLINT: sets no handler, so the portability trouble does not apply
}

} // namespace strata::sys
