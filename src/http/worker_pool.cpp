// SPDX-License-Identifier: Apache-2.0
#include "http/worker_pool.hpp"

#include "base/error.hpp"
#include "sys/thread.hpp"

#include <algorithm>
#include <chrono>

namespace strata::http {
namespace {

constexpr std::size_t kStack = std::size_t{512} << 10; // SQLite, JSON and OpenSSL need a tenth
constexpr std::chrono::seconds kIdle{10};

} // namespace

void WorkerPool::stop() noexcept
{
    std::unique_lock lock{mutex_};
    stopping_ = true;
    work_.notify_all();
    ended_.wait(lock, [&] { return threads_ == 0; });
}

unsigned WorkerPool::most_long_ones() const noexcept
{
    return std::max(1U, options_.threads - options_.threads / 4);
}

std::deque<WorkerPool::Job>::iterator WorkerPool::next_job()
{
    if (long_ones_ < most_long_ones()) {
        return jobs_.begin();
    }
    return std::ranges::find(jobs_, Kind::brief, &Job::kind);
}

bool WorkerPool::submit(Kind kind, std::function<void()> job)
{
    const std::scoped_lock lock{mutex_};
    const bool may_start = kind == Kind::brief || long_ones_ < most_long_ones();
    if (may_start && jobs_.size() >= idle_ && threads_ < options_.threads) {
        try {
            sys::start_thread("http worker", kStack, [this] { run(); });
            ++threads_;
        } catch (const Error&) {
            if (threads_ == 0) {
                return false;
            }
        }
    } else if (jobs_.size() >= idle_ + options_.queue) {
        return false;
    }
    jobs_.push_back({kind, std::move(job)});
    queued_ = jobs_.size();
    work_.notify_one();
    return true;
}

void WorkerPool::run()
{
    std::unique_lock lock{mutex_};
    for (;;) {
        auto next = next_job();
        if (next == jobs_.end() && !(stopping_ && jobs_.empty())) {
            ++idle_;
            const bool woken = work_.wait_for(lock, kIdle, [&] {
                next = next_job();
                return next != jobs_.end() || (stopping_ && jobs_.empty());
            });
            --idle_;
            if (!woken) {
                break;
            }
        }
        if (next == jobs_.end()) {
            break; // and stopping
        }
        Job job = std::move(*next);
        jobs_.erase(next);
        queued_ = jobs_.size();
        const bool is_long = job.kind == Kind::long_lasting;
        long_ones_ += is_long ? 1 : 0;
        lock.unlock();
        job.body();
        job.body = nullptr; // what it holds goes away before anybody believes that it has ended
        lock.lock();
        if (is_long) {
            --long_ones_;
            work_.notify_one(); // another may begin
        }
    }
    --threads_;
    ended_.notify_all(); // under the lock: the pool may be gone right after it
}

} // namespace strata::http
