// SPDX-License-Identifier: Apache-2.0
//
// A ring of chunks. The reader fills chunk n once every consumer has let go of chunk n - size; the
// consumers look at it in place. One mutex guards all that says who is where, and is held for a few
// instructions a chunk: at 256 KiB a chunk that is nothing beside the hashing of it, and lock-free
// cleverness would have bought us only doubts.
#include "io/broadcast.hpp"

#include "base/error.hpp"

#include <system_error>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

namespace strata::io {
namespace {

class Ring {
public:
    Ring(std::size_t consumers, const BroadcastOptions& options)
        : chunk_bytes_{std::max<std::size_t>(options.chunk_bytes, 1)}
        , chunks_(std::max<std::size_t>(options.chunks, 2))
        , positions_(consumers, 0)
    {
    }

    /// Reads `source` to its end, or until there is nobody left to read for.
    void fill(Source& source)
    {
        bool at_end = false;
        while (!at_end) {
            Chunk* const chunk = wait_for_room();
            if (chunk == nullptr) {
                return;
            }
            if (chunk->bytes == nullptr) { // a short stream never pays for the whole ring
                chunk->bytes = std::make_unique_for_overwrite<std::byte[]>(chunk_bytes_);
            }
            at_end = fill(*chunk, source);
            publish(*chunk, at_end);
        }
    }

    /// The chunk at a consumer's position, waiting for it; empty at the end of the stream.
    std::span<const std::byte> look(std::size_t consumer)
    {
        std::unique_lock lock{mutex_};
        ++starving_;
        published_.wait(lock, [&] { return halted_ || ended_ || positions_[consumer] < count_; });
        --starving_;
        if (halted_) {
            throw Error{Errc::cancelled, "cancelled"};
        }
        if (positions_[consumer] == count_) {
            return {};
        }
        const Chunk& chunk = chunks_[positions_[consumer] % chunks_.size()];
        return {chunk.bytes.get(), chunk.size};
    }

    /// The consumer has no further use of the chunk at its position.
    void advance(std::size_t consumer)
    {
        const std::scoped_lock lock{mutex_};
        ++positions_[consumer];
        released_.notify_one();
    }

    void leave(std::size_t consumer)
    {
        const std::scoped_lock lock{mutex_};
        positions_[consumer] = kGone;
        released_.notify_one();
    }

    /// Stops all. The first reason is the one that counts.
    void halt(std::exception_ptr reason)
    {
        const std::scoped_lock lock{mutex_};
        if (reason_ == nullptr) {
            reason_ = std::move(reason);
        }
        halted_ = true;
        released_.notify_all();
        published_.notify_all();
    }

    std::uint64_t finish()
    {
        const std::scoped_lock lock{mutex_};
        if (reason_ != nullptr) {
            std::rethrow_exception(reason_);
        }
        return bytes_;
    }

private:
    static constexpr std::uint64_t kGone = ~std::uint64_t{0};

    struct Chunk {
        std::unique_ptr<std::byte[]> bytes;
        std::size_t size = 0;
    };

    /// The next chunk to fill, or null if all consumers are gone or have been stopped.
    Chunk* wait_for_room()
    {
        std::unique_lock lock{mutex_};
        std::uint64_t slowest = 0;
        released_.wait(lock, [&] {
            slowest = std::ranges::min(positions_);
            return halted_ || slowest == kGone || count_ < slowest + chunks_.size();
        });
        return halted_ || slowest == kGone ? nullptr : &chunks_[count_ % chunks_.size()];
    }

    /// Returns whether the source has ended. A chunk is full, unless somebody waits for what a slow
    /// source has given until now.
    bool fill(Chunk& chunk, Source& source)
    {
        chunk.size = 0;
        const std::span<std::byte> room{chunk.bytes.get(), chunk_bytes_};
        do {
            const std::size_t got = source.read(room.subspan(chunk.size));
            if (got == 0) {
                return true;
            }
            chunk.size += got;
        } while (chunk.size < room.size() && starving_ == 0 && !halted_);
        return false;
    }

    void publish(const Chunk& chunk, bool at_end)
    {
        const std::scoped_lock lock{mutex_};
        bytes_ += chunk.size;
        count_ += chunk.size > 0 ? 1 : 0;
        ended_ = at_end;
        published_.notify_all();
    }

    const std::size_t chunk_bytes_;
    std::vector<Chunk> chunks_;

    std::mutex mutex_; // guards what follows; the two atomics are also read without it, as hints
    std::condition_variable published_;
    std::condition_variable released_;
    std::vector<std::uint64_t> positions_; // of each consumer, in chunks
    std::uint64_t count_ = 0;              // chunks published
    std::uint64_t bytes_ = 0;
    bool ended_ = false;
    std::atomic<bool> halted_ = false;
    std::atomic<int> starving_ = 0; // consumers that wait for a chunk
    std::exception_ptr reason_;
};

/// One consumer's view of the ring.
class RingSource final : public Source {
public:
    RingSource(Ring& ring, std::size_t consumer) : ring_{ring}, consumer_{consumer} {}

    std::size_t read(std::span<std::byte> into) override
    {
        const std::size_t count = std::min(into.size(), available());
        if (count > 0) {
            std::memcpy(into.data(), rest_.data(), count);
        }
        pass(count);
        return count;
    }

    std::uint64_t skip(std::uint64_t count) override
    {
        std::uint64_t skipped = 0;
        while (skipped < count && available() > 0) {
            const std::uint64_t step = std::min<std::uint64_t>(count - skipped, rest_.size());
            pass(static_cast<std::size_t>(step));
            skipped += step;
        }
        return skipped;
    }

    std::uint64_t write_to(Sink& sink) override
    {
        std::uint64_t written = 0;
        while (const std::size_t count = available()) {
            sink.write(rest_);
            pass(count);
            written += count;
        }
        return written;
    }

private:
    std::size_t available()
    {
        if (rest_.empty()) {
            rest_ = ring_.look(consumer_);
        }
        return rest_.size();
    }

    void pass(std::size_t count)
    {
        rest_ = rest_.subspan(count);
        if (rest_.empty() && count > 0) {
            ring_.advance(consumer_);
        }
    }

    Ring& ring_;
    std::size_t consumer_;
    std::span<const std::byte> rest_;
};

/// Runs `work`; whatever it throws stops everybody.
template <typename Work>
void run(Ring& ring, const Work& work) noexcept
{
    try {
        work();
    } catch (...) {
        ring.halt(std::current_exception());
    }
}

} // namespace

BroadcastOptions ring_of(std::size_t bytes) noexcept
{
    constexpr std::size_t page = 4096;
    BroadcastOptions options;
    options.chunk_bytes = std::clamp(bytes / 4, page, options.chunk_bytes);
    options.chunks = std::max<std::size_t>(bytes / options.chunk_bytes, 2);
    return options;
}

std::uint64_t broadcast(Source& source, std::vector<std::function<void(Source&)>> consumers,
                        const BroadcastOptions& options, const std::stop_token& stop)
{
    if (consumers.empty()) {
        return source.skip(std::numeric_limits<std::uint64_t>::max());
    }
    Ring ring{consumers.size(), options};
    const auto consume = [&](std::size_t i) {
        RingSource stream{ring, i};
        consumers[i](stream);
        ring.leave(i);
    };
    const std::stop_callback on_stop{
        stop, [&] {
            ring.halt(std::make_exception_ptr(Error{Errc::cancelled, "cancelled"}));
        }};
    {
        std::vector<std::jthread> threads; // joined at the end of this block
        run(ring, [&] {
            try {
                threads.emplace_back([&] { run(ring, [&] { ring.fill(source); }); });
                for (std::size_t i = 0; i + 1 < consumers.size(); ++i) {
                    threads.emplace_back([&, i] { run(ring, [&] { consume(i); }); });
                }
            } catch (const std::system_error& error) {
                throw_system_error(error.code().value(), "start a thread");
            }
            consume(consumers.size() - 1);
        });
    }
    return ring.finish();
}

} // namespace strata::io
