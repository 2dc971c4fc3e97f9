// SPDX-License-Identifier: Apache-2.0
#include "sys/interruption.hpp"

#include "sys/poll.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>

namespace strata::sys {
namespace {

bool is_ignored(int number)
{
    struct ::sigaction action {};
    ::sigaction(number, nullptr, &action);
    return action.sa_handler == SIG_IGN; // NOLINT: a macro of the system's
}

std::vector<int> obeyed_signals()
{
    std::vector<int> numbers{SIGINT, SIGTERM, SIGHUP};
    std::erase_if(numbers, is_ignored);
    return numbers;
}

/// On this thread only; what waits arrives now.
void let_through(const std::vector<int>& numbers)
{
    sigset_t set;
    ::sigemptyset(&set);
    for (const int number : numbers) {
        ::sigaddset(&set, number);
    }
    ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

} // namespace

Interruption::Interruption() : numbers_{obeyed_signals()}, signals_{numbers_}
{
    watcher_ = std::jthread{[this](const std::stop_token& end) { watch(StopEvent{end}); }};
}

Interruption::~Interruption() = default;

void Interruption::watch(const StopEvent& end)
{
    EventLoop loop;
    loop.watch(end.fd(), Interest::read, [&](Ready) { loop.stop(); });
    loop.watch(signals_.fd(), Interest::read, [&](Ready) {
        if (const auto arrived = signals_.read(); arrived && signal_ == 0) {
            signal_ = arrived->number;
            // From here on the system does with them what it does with a process that does not
            // care: it ends.
            let_through(numbers_);
            stop_.request_stop();
        }
    });
    loop.run();
}

void die_of_signal(int number)
{
    ::signal(number, SIG_DFL); // NOLINT: sets no handler
    let_through({number});
    ::raise(number);
    std::_Exit(128 + number); // of a signal that ends nobody
}

} // namespace strata::sys
