// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace strata::io {

enum class EntryType : std::uint8_t {
    file,
    hard_link,
    symlink,
    directory,
    char_device,
    block_device,
    fifo
};

struct Xattr {
    std::string name; // with its namespace: "security.capability"
    std::string value;
    friend bool operator==(const Xattr&, const Xattr&) = default;
};

/// Seconds since 1970, which may be negative, and nanoseconds in [0, 1e9).
struct TarTime {
    std::int64_t seconds = 0;
    std::uint32_t nanoseconds = 0;
    friend auto operator<=>(const TarTime&, const TarTime&) = default; // NOLINT
};

/// A stretch of a sparse file that has bytes; the rest is holes.
struct SparseExtent {
    std::uint64_t offset = 0; // in the file
    std::uint64_t length = 0;
    friend bool operator==(const SparseExtent&, const SparseExtent&) = default;
};

/// One member of a tar archive, with all that PAX and GNU headers said about it applied.
///
/// Names are bytes as the archive has them: not cleaned, not checked, hostile.
struct TarEntry {
    std::string path;
    std::string link_target; // of hard links and symlinks
    EntryType type = EntryType::file;
    std::uint32_t mode = 0; // permission bits, 07777
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    TarTime mtime;
    std::uint64_t size = 0; // of the file's content, holes included
    std::uint32_t device_major = 0;
    std::uint32_t device_minor = 0;
    std::vector<Xattr> xattrs; // SCHILY.xattr.* and LIBARCHIVE.xattr.*

    std::uint64_t header_offset = 0; // of the first header block that belongs to it, PAX included
    std::uint64_t data_offset = 0; // where its stored bytes begin in the archive; a multiple of 512
    std::uint64_t stored_size = 0; // how many are stored; equals `size` unless sparse
    std::vector<SparseExtent>
        sparse; // of a sparse file, ascending; its stored bytes are these, end to end
    bool is_sparse =
        false; // then the data is not contiguous (or, PAX 1.0, not at data_offset's block)
};

} // namespace strata::io
