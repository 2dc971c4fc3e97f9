// SPDX-License-Identifier: Apache-2.0
#include "erofs/extra_device.hpp"

#include "base/error.hpp"
#include "erofs/format.hpp"
#include "erofs/tree.hpp"
#include "sys/file.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace strata::erofs {

namespace {

/// Of the files together. A header of 512 bytes can promise any size; block addresses end at 2 TiB.
constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 40;
constexpr std::size_t kBuffer = 128 << 10;

std::vector<io::SparseExtent> extents_of(const io::TarEntry& entry)
{
    std::vector<io::SparseExtent> extents = entry.sparse;
    if (!entry.is_sparse) {
        extents = {{0, entry.size}};
    }
    std::uint64_t end = 0;
    for (const io::SparseExtent& extent : extents) {
        if (extent.offset < end || extent.offset > entry.size ||
            extent.length > entry.size - extent.offset) {
            throw Error{Errc::corrupt, "its map of holes contradicts its size"};
        }
        end = extent.offset + extent.length;
    }
    std::erase_if(extents, [](const io::SparseExtent& extent) { return extent.length == 0; });
    return extents;
}

} // namespace

std::uint32_t ExtraDevice::copy(const io::TarEntry& entry, io::TarReader& reader)
{
    const std::vector<io::SparseExtent> extents = extents_of(entry);
    reserve(entry.size);
    if (extents.empty()) {
        return kNone;
    }
    if (!file_) {
        throw Error{Errc::unsupported, "it is sparse, and there is no file for its bytes"};
    }
    const std::uint64_t start = size_;
    for (const io::SparseExtent& extent : extents) {
        copy_extent(reader, start + extent.offset, extent.length);
    }
    size_ = format::round_up(start + entry.size, format::kBlock);
    return static_cast<std::uint32_t>(start / format::kBlock);
}

void ExtraDevice::reserve(std::uint64_t size)
{
    if (size > kMaxBytes - reserved_) {
        throw Error{Errc::exhausted, "the sparse files of the layer have more than 1 TiB together"};
    }
    reserved_ += std::min(format::round_up(size, format::kBlock), kMaxBytes - reserved_);
}

void ExtraDevice::copy_extent(io::TarReader& reader, std::uint64_t offset, std::uint64_t length)
{
    buffer_.resize(kBuffer);
    while (length > 0) {
        const std::size_t wanted = std::min<std::uint64_t>(length, buffer_.size());
        const std::size_t got = reader.read_data(std::span{buffer_}.first(wanted));
        if (got == 0) {
            throw Error{Errc::corrupt, "its map of holes promises more bytes than are stored"};
        }
        sys::write_all_at(file_, std::span{buffer_}.first(got), offset);
        offset += got;
        length -= got;
        written_ = offset;
    }
}

std::uint64_t ExtraDevice::finish()
{
    if (written_ < size_) {
        sys::write_all_at(file_, std::array{std::byte{0}}, size_ - 1);
        written_ = size_;
    }
    return size_;
}

} // namespace strata::erofs
