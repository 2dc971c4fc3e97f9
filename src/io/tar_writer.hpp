// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/source.hpp"
#include "io/tar_entry.hpp"

#include <cstdint>

namespace strata::io {

/// Writes a deterministic tar: ustar, with a PAX header only where ustar cannot say it (long or non-ASCII
/// names, large ids and sizes, sub-second times, xattrs); no atime, ctime, user or group names.
/// The same entries give the same bytes, for ever: diff ids depend on it (docs/formats/layer-tar.md).
class TarWriter {
public:
    explicit TarWriter(Sink& sink);

    /// Begins a member. For a file, exactly `entry.size` bytes of write_data() must follow.
    /// A directory's path gets its trailing slash here. `sparse` and the offsets are ignored.
    void add(const TarEntry& entry);
    void write_data(std::span<const std::byte> bytes);
    /// The two zero blocks. Throws Errc::internal if a file is short of its data.
    void finish();

    std::uint64_t offset() const noexcept { return offset_; } // bytes written so far; data_offset right after add()

    /// For who copies the data past this object (copy_file_range): declares `count` bytes as written.
    void skip_data(std::uint64_t count);

private:
    void pad();
    Sink& sink_;
    std::uint64_t offset_ = 0;
    std::uint64_t data_left_ = 0;
};

} // namespace strata::io
