// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "erofs/tree.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace strata::erofs {

/// Finds the entry of a name in a directory of a tree, in constant time however many there are and
/// whatever they are called.
class NameTable {
public:
    explicit NameTable(const Tree& tree) : tree_{&tree} {}

    /// The entry, or kNone.
    std::uint32_t find(std::uint32_t directory, std::string_view name) const;
    /// A new entry of the tree, whose name its directory does not have yet.
    void insert(std::uint32_t entry);
    void clear() { slots_ = {}; }

private:
    std::size_t home(std::uint32_t directory, std::string_view name) const;
    void place(std::uint32_t entry);
    void grow();

    const Tree* tree_;
    std::vector<std::uint32_t> slots_; // entries; kNone is free; a power of two, at most 7/8 full
    std::size_t used_ = 0;
};

} // namespace strata::erofs
