// SPDX-License-Identifier: Apache-2.0
//
// Numbers that many threads add to and somebody reads now and then.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace strata::registry {

/// Which of the copies of a counter this thread adds to. Threads get them in turn: two that add at
/// the same moment rarely share a cache line.
inline constexpr std::size_t kCounterShards = 8;
std::size_t counter_shard() noexcept;

/// `Size` numbers. Adding is one relaxed instruction on memory that is mostly this thread's own.
template <std::size_t Size>
class Counters {
public:
    void add(std::size_t index, std::uint64_t amount = 1) noexcept
    {
        shards_[counter_shard()].numbers[index].fetch_add(amount, std::memory_order_relaxed);
    }

    std::uint64_t read(std::size_t index) const noexcept
    {
        std::uint64_t sum = 0;
        for (const Shard& shard : shards_) {
            sum += shard.numbers[index].load(std::memory_order_relaxed);
        }
        return sum;
    }

private:
    struct alignas(64) Shard {
        std::array<std::atomic<std::uint64_t>, Size> numbers{};
    };
    std::array<Shard, kCounterShards> shards_{};
};

} // namespace strata::registry
