// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "erofs/offset_writer.hpp"
#include "erofs/tree.hpp"

#include <cstdint>
#include <vector>

namespace strata::erofs {

/// Where the extended attributes of an image lie: an attribute that several inodes have, in the
/// shared area, once; any other behind its inode.
class XattrArea {
public:
    explicit XattrArea(const Tree& tree) : tree_{&tree}, uses_(tree.xattr_set_count(), 0) {}

    /// First, for every inode: it has this set.
    void count_use(std::uint32_t set) { ++uses_[set]; }
    /// Then, once: decides what is shared.
    void arrange();

    std::uint64_t shared_bytes() const noexcept { return shared_bytes_; }
    /// What the set takes behind each inode that has it: a multiple of 4.
    std::uint32_t inline_bytes(std::uint32_t set) const noexcept { return inline_bytes_[set]; }

    void write_shared(OffsetWriter& out) const;
    void write_inline(std::uint32_t set, OffsetWriter& out);

private:
    /// The attributes of `set`: first those that it refers to, then those that it carries.
    struct Split {
        std::vector<std::uint32_t> shared;
        std::vector<std::uint32_t> carried;
    };
    const Split& split(std::uint32_t set);

    const Tree* tree_;
    std::vector<std::uint32_t> uses_;
    std::vector<std::uint32_t> inline_bytes_;
    std::vector<std::uint32_t> shared_id_; // by attribute: its place in words; kNone: not shared
    std::uint64_t shared_bytes_ = 0;
    Split split_; // reused
    std::vector<std::uint32_t> attributes_;
};

} // namespace strata::erofs
