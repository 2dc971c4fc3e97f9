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

bool WorkerPool::has_place(Kind kind) const noexcept
{
    const unsigned most_long_ones = std::max(1U, options_.places - options_.places / 4);
    return at_work_ < options_.places && (kind == Kind::brief || long_ones_ < most_long_ones);
}

void WorkerPool::take_place(Kind kind) noexcept
{
    ++at_work_;
    long_ones_ += kind == Kind::long_lasting ? 1 : 0;
}

void WorkerPool::give_place(Kind kind) noexcept
{
    --at_work_;
    long_ones_ -= kind == Kind::long_lasting ? 1 : 0;
    if (returning_ > 0) {
        place_.notify_one();
    }
}

std::deque<WorkerPool::Job>::iterator WorkerPool::next_job()
{
    if (returning_ == 0 && has_place(Kind::long_lasting)) {
        return jobs_.begin();
    }
    return has_place(Kind::brief) ? std::ranges::find(jobs_, Kind::brief, &Job::kind) : jobs_.end();
}

bool WorkerPool::start_thread() noexcept
{
    try {
        sys::start_thread("http worker", kStack, [this] { run(); });
        ++threads_;
        return true;
    } catch (const std::exception&) {
        return false;
    }
}

bool WorkerPool::submit(Kind kind, std::function<void()> job)
{
    const std::scoped_lock lock{mutex_};
    if (has_place(kind) && jobs_.size() >= idle_ && threads_ - aside_ < options_.places) {
        if (!start_thread() && threads_ == 0) {
            return false;
        }
    } else if (jobs_.size() >= idle_ + options_.queue) {
        return false;
    }
    jobs_.push_back({kind, std::move(job)});
    queued_ = jobs_.size();
    work_.notify_one();
    return true;
}

/// After a place has become free other than by the end of a job, whose thread sees to it itself.
void WorkerPool::begin_next() noexcept
{
    if (next_job() == jobs_.end()) {
        return;
    }
    if (idle_ > 0) {
        work_.notify_one();
    } else if (threads_ - aside_ < options_.places) {
        start_thread(); // if that fails, the next that ends takes it
    }
}

bool WorkerPool::step_aside() noexcept
{
    const std::scoped_lock lock{mutex_};
    if (aside_ >= options_.aside) {
        return false;
    }
    ++aside_;
    give_place(Kind::long_lasting);
    begin_next();
    return true;
}

void WorkerPool::step_back() noexcept
{
    std::unique_lock lock{mutex_};
    ++returning_;
    place_.wait(lock, [&] { return has_place(Kind::long_lasting); });
    --returning_;
    --aside_;
    take_place(Kind::long_lasting);
    if (returning_ > 0) {
        place_.notify_one(); // there may be room for more than one
    } else {
        begin_next(); // they have waited for all to be back
    }
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
        take_place(job.kind);
        lock.unlock();
        job.body();
        job.body = nullptr; // what it holds goes away before anybody believes that it has ended
        lock.lock();
        give_place(job.kind);
        work_.notify_one(); // another may begin
    }
    --threads_;
    ended_.notify_all(); // under the lock: the pool may be gone right after it
}

} // namespace strata::http
