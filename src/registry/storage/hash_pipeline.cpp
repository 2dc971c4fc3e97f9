// SPDX-License-Identifier: Apache-2.0
#include "registry/storage/hash_pipeline.hpp"

namespace strata::registry {

HashPipeline::HashPipeline(io::Hasher& hasher) : hasher_{hasher}
{
    for (Buffer& buffer : buffers_) {
        buffer.bytes = std::make_unique_for_overwrite<std::byte[]>(kBufferBytes);
    }
    thread_ = std::thread{[this] { work(); }};
}

/// Waits until everything that was given is hashed.
HashPipeline::~HashPipeline()
{
    {
        const std::scoped_lock lock{mutex_};
        ended_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

std::span<std::byte> HashPipeline::next_buffer()
{
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return given_ - hashed_ < kBuffers; });
    return {buffers_[given_ % kBuffers].bytes.get(), kBufferBytes};
}

void HashPipeline::hash(std::size_t size)
{
    {
        const std::scoped_lock lock{mutex_};
        buffers_[given_ % kBuffers].size = size;
        ++given_;
    }
    changed_.notify_all();
}

void HashPipeline::work() noexcept
{
    std::unique_lock lock{mutex_};
    for (;;) {
        changed_.wait(lock, [&] { return hashed_ < given_ || ended_; });
        if (hashed_ == given_) {
            return;
        }
        const Buffer& buffer = buffers_[hashed_ % kBuffers];
        lock.unlock();
        hasher_.update({buffer.bytes.get(), buffer.size});
        lock.lock();
        ++hashed_;
        changed_.notify_all();
    }
}

} // namespace strata::registry
