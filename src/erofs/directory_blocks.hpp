// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "erofs/format.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace strata::erofs {

/// Says how many bytes a directory takes whose names come in their order.
class DirectorySize {
public:
    void add(std::size_t name_bytes)
    {
        const std::size_t bytes = sizeof(format::DirectoryEntry) + name_bytes;
        if (used_ + bytes > format::kBlock) {
            full_ += format::kBlock;
            used_ = 0;
        }
        used_ += bytes;
    }
    std::uint64_t bytes() const { return full_ + used_; }

private:
    std::uint64_t full_ = 0;
    std::size_t used_ = 0;
};

/// Packs the entries of a directory into blocks: first the entries, then, from where they end, the
/// names. Each block has as many as fit.
class DirectoryBlock {
public:
    bool fits(std::string_view name) const
    {
        return used_ + sizeof(format::DirectoryEntry) + name.size() <= format::kBlock;
    }

    void add(std::string_view name, std::uint64_t nid, format::FileType type)
    {
        entries_[count_] = {nid, static_cast<std::uint16_t>(name.size()),
                            static_cast<std::uint8_t>(type), 0};
        std::memcpy(names_.data() + name_bytes_, name.data(), name.size());
        ++count_;
        name_bytes_ += name.size();
        used_ += sizeof(format::DirectoryEntry) + name.size();
    }

    /// The block as it goes to the disk, without padding; empties this one.
    std::string_view take()
    {
        std::size_t name_at = count_ * sizeof(format::DirectoryEntry);
        for (std::size_t i = 0; i < count_; ++i) {
            const std::uint16_t name_bytes = entries_[i].name_offset;
            entries_[i].name_offset = static_cast<std::uint16_t>(name_at);
            name_at += name_bytes;
        }
        const std::size_t entry_bytes = count_ * sizeof(format::DirectoryEntry);
        std::memcpy(block_.data(), entries_.data(), entry_bytes);
        std::memcpy(block_.data() + entry_bytes, names_.data(), name_bytes_);
        const std::size_t bytes = used_;
        count_ = name_bytes_ = used_ = 0;
        return {block_.data(), bytes};
    }

private:
    // A name has at least one byte.
    static constexpr std::size_t kMaxEntries =
        format::kBlock / (sizeof(format::DirectoryEntry) + 1);
    std::array<format::DirectoryEntry, kMaxEntries> entries_;
    std::array<char, format::kBlock> names_;
    std::array<char, format::kBlock> block_;
    std::size_t count_ = 0;
    std::size_t name_bytes_ = 0;
    std::size_t used_ = 0;
};

} // namespace strata::erofs
