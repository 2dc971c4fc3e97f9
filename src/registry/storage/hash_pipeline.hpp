// SPDX-License-Identifier: Apache-2.0
//
// An upload is hashed by one thread while another receives and writes it: hashing is most of the
// work, and the rest of it hides behind. Only as many at once as there are processors; with more
// uploads than that each of them hashes as it writes, and nothing would be gained but memory.
#pragma once

#include "io/hash.hpp"

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <span>
#include <thread>

namespace strata::registry {

/// How many pipelines there may be.
class PipelineSlots {
public:
    PipelineSlots();
    bool try_take() noexcept;
    void give_back() noexcept { ++free_; }

private:
    std::atomic<int> free_;
};

/// A thread that hashes the buffers that it is given, in order.
class HashPipeline {
public:
    static constexpr std::size_t kBufferBytes = std::size_t{256} << 10;

    explicit HashPipeline(io::Hasher& hasher);
    HashPipeline(const HashPipeline&) = delete;
    HashPipeline& operator=(const HashPipeline&) = delete;
    ~HashPipeline();

    /// A buffer to be filled, once there is one that has been hashed.
    std::span<std::byte> next_buffer();
    /// The first `size` bytes of that buffer are the next to be hashed.
    void hash(std::size_t size);

private:
    void work() noexcept;

    static constexpr std::size_t kBuffers = 4;
    struct Buffer {
        std::unique_ptr<std::byte[]> bytes;
        std::size_t size = 0;
    };

    io::Hasher& hasher_;
    std::array<Buffer, kBuffers> buffers_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t given_ = 0;  // buffers, in all
    std::size_t hashed_ = 0; // of them
    bool ended_ = false;
    std::thread thread_; // last: everything else is there when it starts
};

} // namespace strata::registry
