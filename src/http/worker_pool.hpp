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
/// Work that may take as long as a client wants (uploads) never gets the last quarter of them.
/// While it waits for its client it steps aside, and its place is somebody else's: a thousand
/// stalled uploads hold a thousand sleeping threads, but nobody up.
class WorkerPool {
public:
    enum class Kind : bool { brief, long_lasting };

    struct Options {
        unsigned places = 64;   // jobs at work, at most
        unsigned aside = 1024;  // jobs that wait for their clients besides; more keep their places
        std::size_t queue = 64; // jobs that wait for a place
    };
    explicit WorkerPool(const Options& options) : options_{options} {}
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;
    ~WorkerPool() { stop(); }

    /// Waits for everything that was submitted; nothing may be from then on.
    void stop() noexcept;

    /// False when too much is waiting already. A job must not throw.
    bool submit(Kind kind, std::function<void()> job);

    /// From inside of a long-lasting job: calls `wait`, which only waits, and returns what it
    /// gives.
    template <typename Wait>
    auto aside(Wait&& wait)
    {
        const Aside while_it_lasts{*this};
        return wait();
    }

    /// Waiting for a place.
    std::size_t queued() const noexcept { return queued_; }

private:
    struct Job {
        Kind kind = Kind::brief;
        std::function<void()> body;
    };
    class Aside {
    public:
        explicit Aside(WorkerPool& pool) : pool_{pool}, is_aside_{pool.step_aside()} {}
        Aside(const Aside&) = delete;
        Aside& operator=(const Aside&) = delete;
        ~Aside()
        {
            if (is_aside_) {
                pool_.step_back();
            }
        }

    private:
        WorkerPool& pool_;
        const bool is_aside_;
    };
    bool step_aside() noexcept;
    void step_back() noexcept;

    void run();
    /// The oldest that may run now; jobs_.end() if there is none.
    std::deque<Job>::iterator next_job();
    bool has_place(Kind kind) const noexcept;
    void take_place(Kind kind) noexcept;
    void give_place(Kind kind) noexcept;
    bool start_thread() noexcept;
    void begin_next() noexcept;

    const Options options_;
    std::mutex mutex_;
    std::condition_variable work_;
    std::condition_variable place_; // for those that return
    std::condition_variable ended_;
    std::deque<Job> jobs_;
    std::atomic<std::size_t> queued_ = 0;
    unsigned threads_ = 0;
    unsigned idle_ = 0;      // of the threads
    unsigned at_work_ = 0;   // jobs that have a place
    unsigned long_ones_ = 0; // of these
    unsigned aside_ = 0;     // jobs that wait for their clients, or are about to have a place again
    unsigned returning_ = 0; // the latter: they come before those that have not begun
    bool stopping_ = false;
};

} // namespace strata::http
