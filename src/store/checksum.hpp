// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace strata::store {

/// A fast checksum against accidents (torn writes, flipped bits) for files that are only a cache;
/// not against malice.
///
/// Four lanes of 64-bit words. Each step maps (lane, word) to a new lane by operations that are
/// one-to-one in either, so any change within a single word changes the result for certain; that
/// others cancel out takes design, not bad luck. Feed it any pieces: only the bytes count, not
/// where they were cut.
class Checksum {
public:
    void update(std::span<const std::byte> bytes);
    std::uint64_t finish(); // call once, last

private:
    void absorb(const std::byte* block);

    std::array<std::uint64_t, 4> lanes_{0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9, 0x94d049bb133111eb,
                                        0xd6e8feb86659fd93};
    std::array<std::byte, 32> pending_{};
    std::size_t pending_bytes_ = 0;
    std::uint64_t total_ = 0;
};

} // namespace strata::store
