// SPDX-License-Identifier: Apache-2.0
//
// Where the bytes of sparse files go: the maps of GNU's old header, and of PAX 1.0, which stands in
// front of the data. (0.0 and 0.1 are PAX records: pax.hpp.) GNU tar manual, "Storing Sparse
// Files".
#pragma once

#include "io/tar_entry.hpp"
#include "io/tar_header.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace strata::io {

/// A table of (offset[12], length[12]) as GNU's old header and its extension blocks have it; it
/// ends at the first empty field. Throws Errc::exhausted beyond `max_extents` in all.
void append_old_sparse_table(std::span<const char> table, std::vector<SparseExtent>& extents,
                             std::uint64_t max_extents);

/// GNU's old header: 4 extents, whether an extension block follows, and the real size.
struct OldSparseHeader {
    std::span<const char> table;
    bool extended;
    std::span<const char> real_size;
    explicit OldSparseHeader(const TarHeader& header);
};

/// An extension block: 21 extents, and whether another one follows.
struct SparseExtensionBlock {
    std::span<const char> table;
    bool extended;
    explicit SparseExtensionBlock(const TarHeader& block);
};

/// The map of PAX 1.0: decimal numbers, one a line; how many pairs, then the pairs; padded to a
/// block.
class SparseMapParser {
public:
    SparseMapParser(std::vector<SparseExtent>& extents, std::uint64_t max_extents)
        : extents_{extents}, max_extents_{max_extents}
    {
    }

    /// Takes the next block; returns whether the map is complete.
    bool take(std::string_view block);

private:
    void take_number();

    std::vector<SparseExtent>& extents_;
    std::uint64_t max_extents_;
    std::string digits_;
    bool have_count_ = false;
    bool half_extent_ = false;
    std::uint64_t extents_left_ = 0;
};

/// Checks the map of a sparse entry against its size and what is stored, drops empty extents and
/// joins adjacent ones; an entry without holes is not sparse any more. Throws Errc::corrupt.
void settle_sparse_map(TarEntry& entry);

} // namespace strata::io
