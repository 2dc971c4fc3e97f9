// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/source.hpp"
#include "io/tar_entry.hpp"

#include <cstdint>
#include <optional>

namespace strata::io {

/// Bounds on what a hostile archive may make us hold or do. See base/settings for the user's names
/// of them.
struct TarLimits {
    std::uint64_t max_entries = 10'000'000;
    /// Of the archive as it is read (inflated), and of one file with its holes.
    std::uint64_t max_bytes = std::uint64_t{1} << 40;
    std::uint64_t max_header_bytes = 1 << 20;   // PAX and GNU headers of one entry
    std::uint64_t max_sparse_extents = 1 << 16; // of one file
    std::uint64_t max_path_bytes = 4096;
};

/// Reads a tar archive front to back: ustar, PAX, GNU long names, GNU old sparse, PAX sparse 0.0,
/// 0.1, 1.0, base-256 numbers, v7. Global PAX headers are checked and then ignored, as Docker does.
///
/// Throws Errc::corrupt naming the entry and its offset for what is truncated, lies about its size
/// or fails its checksum; Errc::exhausted past a limit; Errc::unsupported for types
/// and sparse formats that nobody knows. Memory does not depend on the size of the archive.
class TarReader {
public:
    explicit TarReader(Source& source, const TarLimits& limits = {});
    ~TarReader();

    /// The next member, or nothing at the end: two zero blocks, or the bare end of the source at a
    /// header boundary, as Docker allows. What the caller has not read of the last one's data is
    /// skipped. The entry stays valid until the next call.
    const TarEntry* next();

    /// The stored bytes of the current entry: read into `into`, 0 at their end.
    std::size_t read_data(std::span<std::byte> into);

    /// Reads what follows the end mark to the end of the source, so that who hashes the same stream
    /// sees every byte. Trailing zero blocks and blocking-factor padding are fine, and so is
    /// anything else.
    void drain();

    std::uint64_t offset() const noexcept; // bytes consumed so far

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace strata::io
