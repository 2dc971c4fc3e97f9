// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/tar_reader.hpp"
#include "sys/fd.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace strata::erofs {

/// The second device of an index: files whose bytes do not lie in one piece in the tar, at their
/// full size, one after the other, holes left out.
class ExtraDevice {
public:
    void set_file(sys::Fd file) { file_ = std::move(file); }

    /// Copies the current entry of `reader`; returns its first block, or kNone if it is one hole.
    std::uint32_t copy(const io::TarEntry& entry, io::TarReader& reader);

    /// Gives the file its full size, and returns that.
    std::uint64_t finish();

private:
    void reserve(std::uint64_t size);
    void copy_extent(io::TarReader& reader, std::uint64_t offset, std::uint64_t length);

    sys::Fd file_;
    std::uint64_t reserved_ = 0; // holes of files that are nothing else included
    std::uint64_t size_ = 0;     // of the device
    std::uint64_t written_ = 0;  // where its last byte lies that was written
    std::vector<std::byte> buffer_;
};

} // namespace strata::erofs
