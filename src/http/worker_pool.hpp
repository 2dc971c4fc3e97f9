// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>

namespace strata::http {

/// Threads for work that blocks: started when there is work and nobody idle, ended when there has
/// been none for a while, so that a quiet server gives their memory back.
///
/// Work that may take as long as a client wants (uploads) never gets the last quarter of them: a
/// hundred slow uploads must not keep everybody else waiting.
class WorkerPool {
public:
    enum class Kind : bool { brief, long_lasting };

    struct Options {
        unsigned threads = 64;  // at most
        std::size_t queue = 64; // that wait while all are busy
    };
    explicit WorkerPool(const Options& options) : options_{options} {}
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;
    ~WorkerPool() { stop(); }

    /// Waits for everything that was submitted; nothing may be from then on.
    void stop() noexcept;

    /// False when too much is waiting already. A job must not throw.
    bool submit(Kind kind, std::function<void()> job);

    /// Waiting for a thread.
    std::size_t queued() const noexcept { return queued_; }

private:
    struct Job {
        Kind kind = Kind::brief;
        std::function<void()> body;
    };
    void run();
    /// The oldest that may run now; jobs_.end() if there is none.
    std::deque<Job>::iterator next_job();
    unsigned most_long_ones() const noexcept;

    const Options options_;
    std::mutex mutex_;
    std::condition_variable work_;
    std::condition_variable ended_;
    std::deque<Job> jobs_;
    std::atomic<std::size_t> queued_ = 0;
    unsigned threads_ = 0;
    unsigned idle_ = 0;
    unsigned long_ones_ = 0; // running
    bool stopping_ = false;
};

} // namespace strata::http
