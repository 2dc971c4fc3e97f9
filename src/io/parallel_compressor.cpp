// SPDX-License-Identifier: Apache-2.0
#include "io/parallel_compressor.hpp"

#include "base/error.hpp"

#include <system_error>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace strata::io {
namespace {

struct Job {
    Bytes input;
    Bytes output;
    std::exception_ptr failure;
    bool done = false;

    void run(const CompressBlock& compress_block) noexcept
    {
        try {
            compress_block(input, output);
        } catch (...) {
            failure = std::current_exception();
        }
    }
};

/// Does jobs on threads of its own.
class Workers {
public:
    Workers(unsigned threads, CompressBlock compress_block)
        : compress_block_{std::move(compress_block)}
    {
        try {
            for (unsigned i = 0; i < threads; ++i) {
                threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
            }
        } catch (const std::system_error& error) {
            throw_system_error(error.code().value(), "start a thread");
        }
    }

    void add(Job& job)
    {
        const std::scoped_lock lock{mutex_};
        waiting_.push_back(&job);
        changed_.notify_all();
    }

    void wait_for(const Job& job)
    {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [&] { return job.done; });
    }

private:
    void work(const std::stop_token& stop)
    {
        std::unique_lock lock{mutex_};
        while (changed_.wait(lock, stop, [&] { return !waiting_.empty(); }) &&
               !stop.stop_requested()) { // nobody waits for the rest then
            Job& job = *waiting_.front();
            waiting_.pop_front();
            lock.unlock();
            job.run(compress_block_);
            lock.lock();
            job.done = true;
            changed_.notify_all();
        }
    }

    CompressBlock compress_block_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<Job*> waiting_;
    std::vector<std::jthread> threads_; // last, so that they are joined first
};

class ParallelCompressor final : public Compressor {
public:
    ParallelCompressor(Sink& sink, CompressBlock compress_block, std::size_t block_bytes,
                       unsigned threads)
        : sink_{sink}
        , block_bytes_{block_bytes}
        , most_jobs_{std::size_t{threads} * 2}
        , workers_{threads, std::move(compress_block)}
    {
        block_.reserve(block_bytes_);
    }

    void write(std::span<const std::byte> bytes) override
    {
        while (!bytes.empty()) {
            const std::size_t count = std::min(bytes.size(), block_bytes_ - block_.size());
            block_.insert(block_.end(), bytes.begin(),
                          bytes.begin() + static_cast<std::ptrdiff_t>(count));
            bytes = bytes.subspan(count);
            if (block_.size() == block_bytes_) {
                submit();
            }
        }
    }

    void finish() override
    {
        if (!block_.empty() || !any_member_) { // nothing at all is one empty member
            submit();
        }
        while (!jobs_.empty()) {
            write_oldest();
        }
    }

private:
    void submit()
    {
        if (jobs_.size() == most_jobs_) {
            write_oldest();
        }
        Job& job = jobs_.emplace_back();
        job.input = std::exchange(block_, std::move(spare_));
        block_.clear();
        block_.reserve(block_bytes_);
        any_member_ = true;
        workers_.add(job);
    }

    void write_oldest()
    {
        Job& job = jobs_.front();
        workers_.wait_for(job);
        if (job.failure) {
            std::rethrow_exception(job.failure);
        }
        sink_.write(job.output);
        spare_ = std::move(job.input);
        jobs_.pop_front();
    }

    Sink& sink_;
    std::size_t block_bytes_;
    std::size_t most_jobs_;
    Bytes block_;
    Bytes spare_;
    bool any_member_ = false;
    std::deque<Job> jobs_; // a deque: workers hold pointers to its elements
    Workers workers_;      // after what it works on
};

} // namespace

std::unique_ptr<Compressor> make_parallel_compressor(Sink& sink, CompressBlock compress_block,
                                                     std::size_t block_bytes, unsigned threads)
{
    return std::make_unique<ParallelCompressor>(sink, std::move(compress_block), block_bytes,
                                                std::max(threads, 1U));
}

} // namespace strata::io
