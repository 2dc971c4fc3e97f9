// SPDX-License-Identifier: Apache-2.0
#include "http/worker_pool.hpp"

#include "base/error.hpp"
#include "sys/thread.hpp"

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

bool WorkerPool::submit(std::function<void()> job)
{
    const std::scoped_lock lock{mutex_};
    if (jobs_.size() >= idle_ && threads_ < options_.threads) {
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
    jobs_.push_back(std::move(job));
    queued_ = jobs_.size();
    work_.notify_one();
    return true;
}

void WorkerPool::run()
{
    std::unique_lock lock{mutex_};
    for (;;) {
        if (jobs_.empty() && !stopping_) {
            ++idle_;
            const bool woken =
                work_.wait_for(lock, kIdle, [&] { return stopping_ || !jobs_.empty(); });
            --idle_;
            if (!woken) {
                break;
            }
        }
        if (jobs_.empty()) {
            break; // and stopping
        }
        const std::function<void()> job = std::move(jobs_.front());
        jobs_.pop_front();
        queued_ = jobs_.size();
        lock.unlock();
        job();
        lock.lock();
    }
    --threads_;
    ended_.notify_all(); // under the lock: the pool may be gone right after it
}

} // namespace strata::http
