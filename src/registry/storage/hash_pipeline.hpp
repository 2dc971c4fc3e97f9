// SPDX-License-Identifier: Apache-2.0
//
// An upload is hashed by one thread while another receives and writes it: hashing is most of the
// work, and the rest of it hides behind. Only while no more are under way than there are
// processors: with more than that each of them hashes as it writes, and a second thread would only
// cost its changes.
#pragma once

#include "io/hash.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <thread>

namespace strata::registry {

/// How many uploads are under way.
class UploadCount {
public:
    class Entry {
    public:
        explicit Entry(UploadCount& count) : count_{count}, others_{count.now_++} {}
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;
        ~Entry() { --count_.now_; }

        /// Whether a second thread makes this one faster.
        bool deserves_pipeline() const noexcept { return others_ < count_.processors_; }

    private:
        UploadCount& count_;
        const unsigned others_;
    };

private:
    const unsigned processors_ = std::max(1U, std::thread::hardware_concurrency());
    std::atomic<unsigned> now_ = 0;
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
