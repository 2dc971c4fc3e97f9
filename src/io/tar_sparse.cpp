// SPDX-License-Identifier: Apache-2.0
#include "io/tar_sparse.hpp"

#include "base/error.hpp"
#include "io/pax.hpp"

namespace strata::io {
namespace {

constexpr std::size_t kNumber = 12;
constexpr std::size_t kExtent = 2 * kNumber;

constexpr std::size_t kOldTable = 386; // 4 extents
constexpr std::size_t kOldExtended = 482;
constexpr std::size_t kOldRealSize = 483;
constexpr std::size_t kExtensionExtended = 504; // 21 extents before it

[[noreturn]] void throw_too_many(std::uint64_t max_extents)
{
    throw Error{Errc::exhausted,
                fmt::format("more than {} stretches in a sparse file", max_extents)};
}

} // namespace

OldSparseHeader::OldSparseHeader(const TarHeader& header)
    : table{header.bytes().subspan(kOldTable, 4 * kExtent)}
    , extended{header.bytes()[kOldExtended] != '\0'}
    , real_size{header.bytes().subspan(kOldRealSize, kNumber)}
{
}

SparseExtensionBlock::SparseExtensionBlock(const TarHeader& block)
    : table{block.bytes().first(kExtensionExtended)}
    , extended{block.bytes()[kExtensionExtended] != '\0'}
{
}

void append_old_sparse_table(std::span<const char> table, std::vector<SparseExtent>& extents,
                             std::uint64_t max_extents)
{
    for (; table.size() >= kExtent && table[0] != '\0'; table = table.subspan(kExtent)) {
        if (extents.size() >= max_extents) {
            throw_too_many(max_extents);
        }
        const std::int64_t offset = parse_tar_number(table.first(kNumber), "a sparse offset");
        const std::int64_t length =
            parse_tar_number(table.subspan(kNumber, kNumber), "a sparse length");
        if (offset < 0 || length < 0) {
            throw Error{Errc::corrupt, "a sparse offset or length is negative"};
        }
        extents.push_back({static_cast<std::uint64_t>(offset), static_cast<std::uint64_t>(length)});
    }
}

bool SparseMapParser::take(std::string_view block)
{
    for (const char c : block) {
        if (have_count_ && extents_left_ == 0) {
            return true;
        }
        if (c == '\n') {
            take_number();
        } else if (digits_.size() < 20) { // longer than any number that fits
            digits_ += c;
        } else {
            throw Error{Errc::corrupt, "the sparse map holds something that is no number"};
        }
    }
    return have_count_ && extents_left_ == 0;
}

void SparseMapParser::take_number()
{
    const std::uint64_t number = parse_decimal(digits_, "an entry of the sparse map");
    digits_.clear();
    if (!have_count_) {
        if (number > max_extents_) {
            throw_too_many(max_extents_);
        }
        have_count_ = true;
        extents_left_ = number;
    } else if (!half_extent_) {
        extents_.push_back({number, 0});
        half_extent_ = true;
    } else {
        extents_.back().length = number;
        half_extent_ = false;
        --extents_left_;
    }
}

void settle_sparse_map(TarEntry& entry)
{
    std::uint64_t end = 0;
    std::uint64_t stored = 0;
    std::size_t kept = 0;
    for (const SparseExtent extent : entry.sparse) {
        if (extent.offset < end) {
            throw Error{Errc::corrupt, "the sparse map overlaps itself or goes backwards"};
        }
        if (extent.offset > entry.size || extent.length > entry.size - extent.offset) {
            throw Error{Errc::corrupt, "the sparse map goes past the end of the file"};
        }
        stored += extent.length; // no overflow: the extents are disjoint and lie within `size`
        if (extent.length > 0 && kept > 0 && extent.offset == end) {
            entry.sparse[kept - 1].length += extent.length;
        } else if (extent.length > 0) {
            entry.sparse[kept++] = extent;
        }
        end = extent.offset + extent.length;
    }
    if (stored != entry.stored_size) {
        throw Error{Errc::corrupt, fmt::format("the sparse map describes {} bytes, {} are stored",
                                               stored, entry.stored_size)};
    }
    entry.sparse.resize(kept);
    entry.is_sparse = stored != entry.size;
    if (!entry.is_sparse) {
        entry.sparse.clear();
    }
}

} // namespace strata::io
