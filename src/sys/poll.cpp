// SPDX-License-Identifier: Apache-2.0
#include "sys/poll.hpp"

#include "base/error.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <map>
#include <poll.h>
#include <vector>

namespace strata::sys {
namespace {

using std::chrono::milliseconds;

/// poll(2) counts milliseconds in an int. Rounded up: waking early would mean to spin until the
/// time.
int poll_timeout(EventLoop::Clock::duration left)
{
    const auto ms = std::chrono::ceil<milliseconds>(left).count();
    return static_cast<int>(std::clamp<std::int64_t>(ms, 0, std::numeric_limits<int>::max()));
}

short events_of(Interest interest)
{
    const auto bits = static_cast<unsigned>(interest);
    return static_cast<short>(((bits & 1U) != 0 ? POLLIN : 0) | ((bits & 2U) != 0 ? POLLOUT : 0));
}

} // namespace

Pipe make_pipe()
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        throw_errno("make a pipe");
    }
    return {Fd{ends[0]}, Fd{ends[1]}};
}

void set_nonblocking(const Fd& fd)
{
    const int flags = ::fcntl(fd.get(), F_GETFL);
    if (flags < 0 || ::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
        throw_errno("make descriptor {} non-blocking", fd.get());
    }
}

std::size_t write_some(const Fd& fd, std::span<const std::byte> bytes)
{
    for (;;) {
        const ssize_t put = ::write(fd.get(), bytes.data(), bytes.size());
        if (put >= 0) {
            return static_cast<std::size_t>(put);
        }
        if (errno == EAGAIN) {
            return 0;
        }
        if (errno != EINTR) {
            throw_errno("write");
        }
    }
}

bool wait_readable(const Fd& fd, milliseconds timeout)
{
    const auto end = EventLoop::Clock::now() + timeout;
    for (;;) {
        ::pollfd one{fd.get(), POLLIN, 0};
        const int count =
            ::poll(&one, 1, timeout.count() < 0 ? -1 : poll_timeout(end - EventLoop::Clock::now()));
        if (count >= 0) {
            return count > 0;
        }
        if (errno != EINTR) {
            throw_errno("poll");
        }
    }
}

struct EventLoop::State {
    struct Watched {
        int fd;
        Interest interest;
        std::shared_ptr<std::function<void(Ready)>>
            callback; // shared: it may remove itself while it runs
    };
    struct Timed {
        Timer id;
        std::function<void()> callback;
    };

    std::map<Watch, Watched> watches;
    std::multimap<Clock::time_point, Timed> timers;
    std::uint64_t next_id = 1;
    bool stopping = false;

    void run_due_timers()
    {
        while (!stopping && !timers.empty() && timers.begin()->first <= Clock::now()) {
            auto due = timers.extract(timers.begin());
            due.mapped().callback();
        }
    }

    int timeout() const
    {
        return timers.empty() ? -1 : poll_timeout(timers.begin()->first - Clock::now());
    }

    void wait_and_call()
    {
        std::vector<Watch> ids;
        std::vector<::pollfd> fds;
        for (const auto& [id, watched] : watches) {
            ids.push_back(id);
            fds.push_back({watched.fd, events_of(watched.interest), 0});
        }
        if (::poll(fds.data(), fds.size(), timeout()) < 0) {
            if (errno == EINTR) {
                return;
            }
            throw_errno("poll");
        }
        for (std::size_t i = 0; i < fds.size() && !stopping; ++i) {
            const short events = fds[i].revents;
            const auto found = watches.find(ids[i]); // an earlier callback may have removed it
            if (events != 0 && found != watches.end()) {
                const auto callback = found->second.callback;
                // A hang-up or error wakes whoever waits for either; what it is shows when they
                // try.
                const bool broken = (events & (POLLHUP | POLLERR | POLLNVAL)) != 0;
                (*callback)({.readable = broken || (events & POLLIN) != 0,
                             .writable = (events & (POLLOUT | POLLERR)) != 0});
            }
        }
    }
};

EventLoop::EventLoop() : state_{std::make_unique<State>()} {}
EventLoop::~EventLoop() = default;

EventLoop::Watch EventLoop::watch(const Fd& fd, Interest interest,
                                  std::function<void(Ready)> callback)
{
    const Watch id = state_->next_id++;
    state_->watches.emplace(
        id, State::Watched{fd.get(), interest,
                           std::make_shared<std::function<void(Ready)>>(std::move(callback))});
    return id;
}

void EventLoop::change(Watch watch, Interest interest)
{
    if (const auto found = state_->watches.find(watch); found != state_->watches.end()) {
        found->second.interest = interest;
    }
}

void EventLoop::unwatch(Watch watch)
{
    state_->watches.erase(watch);
}

EventLoop::Timer EventLoop::after(milliseconds delay, std::function<void()> callback)
{
    const Timer id = state_->next_id++;
    state_->timers.emplace(Clock::now() + delay, State::Timed{id, std::move(callback)});
    return id;
}

void EventLoop::cancel(Timer timer)
{
    std::erase_if(state_->timers, [&](const auto& entry) { return entry.second.id == timer; });
}

void EventLoop::run()
{
    state_->stopping = false;
    while (!state_->stopping && !(state_->watches.empty() && state_->timers.empty())) {
        state_->wait_and_call();
        state_->run_due_timers();
    }
}

void EventLoop::stop() noexcept
{
    state_->stopping = true;
}

} // namespace strata::sys
