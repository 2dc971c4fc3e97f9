// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace strata::erofs {

/// SipHash-1-3 under a key that nobody outside this process knows: whoever chooses the names in an
/// archive cannot choose where they fall in a table.
class SeededHash {
public:
    SeededHash(); // a random key
    SeededHash(std::uint64_t key0, std::uint64_t key1) : key0_{key0}, key1_{key1} {}

    /// Of `bytes` and a number that goes with them.
    std::uint64_t operator()(std::string_view bytes, std::uint64_t with = 0) const noexcept;

private:
    std::uint64_t key0_ = 0;
    std::uint64_t key1_ = 0;
};

} // namespace strata::erofs
