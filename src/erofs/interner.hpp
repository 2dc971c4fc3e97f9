// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "erofs/seeded_hash.hpp"
#include "erofs/text_arena.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace strata::erofs {

/// Gives equal texts the same small number, counted from 0 in the order of their first appearance.
class Interner {
public:
    Interner(TextArena& arena, const SeededHash& hash) : arena_{&arena}, hash_{&hash} {}

    std::uint32_t intern(std::string_view text);
    std::string_view get(std::uint32_t id) const noexcept;
    std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(texts_.size()); }

private:
    struct Text {
        std::uint32_t at;
        std::uint32_t size;
    };

    void grow();
    std::size_t slot_of(std::string_view text) const noexcept;

    TextArena* arena_;
    const SeededHash* hash_;
    std::vector<Text> texts_;
    std::vector<std::uint32_t> slots_; // id + 1; 0 is free; a power of two, at most half full
};

} // namespace strata::erofs
