// SPDX-License-Identifier: Apache-2.0
//
// Moving many bytes between descriptors without carrying them through user space, where the kernel
// can, and telling it early what will have to be on disk.
#pragma once

#include "sys/fd.hpp"

#include <cstdint>
#include <optional>

namespace strata::sys {

/// Copies `count` bytes at `offset` of the regular file `from` to where `to` stands: a file, a pipe
/// or a socket. Tries copy_file_range (which shares extents on btrfs and xfs), then sendfile, then
/// reading and writing. `from`'s position does not move. Throws Errc::corrupt if `from` ends early.
void copy_bytes(const Fd& from, std::uint64_t offset, std::uint64_t count, const Fd& to);

/// All data of one regular file into another, empty one, holes kept as holes; shares the extents
/// (FICLONE) where the file system can. Sets the size; neither position matters or moves.
void copy_sparse(const Fd& from, const Fd& to);

/// A stretch of a file that holds data.
struct DataRange {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
};

/// The first stretch of data at or after `offset`; nothing if only a hole or the end follows.
/// File systems without SEEK_DATA report the whole file as data.
std::optional<DataRange> next_data(const Fd& file, std::uint64_t offset);

/// Reserves space so that a big file becomes contiguous and a full disk shows at once.
/// Throws Errc::exhausted when there is no room; file systems that cannot reserve are fine.
void reserve_space(const Fd& file, std::uint64_t bytes);

void resize(const Fd& file, std::uint64_t bytes);

} // namespace strata::sys
