// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/source.hpp"
#include "io/tar_entry.hpp"

#include <cstdint>
#include <string>

namespace strata::io {

/// Writes a deterministic tar: ustar, with a PAX header only where ustar cannot say it (long or
/// non-ASCII names, large ids and sizes, sub-second times, xattrs); no atime, ctime, user or group
/// names. The same entries give the same bytes, for ever: diff ids depend on it
/// (docs/formats/layer-tar.md).
class TarWriter {
public:
    /// Writes headers of 512 bytes: put a BufferedSink in front of a file.
    explicit TarWriter(Sink& sink);

    /// Begins a member. For a file, exactly `entry.size` bytes of write_data() must follow. A
    /// directory's path gets its trailing slash here. `sparse` and the offsets are ignored. Throws
    /// Errc::invalid_argument for what no tar can say: an empty name, a NUL in one, a file's name
    /// with a slash at its end, nanoseconds beyond a second, a device number over 21 bits.
    void add(const TarEntry& entry);
    void write_data(std::span<const std::byte> bytes);
    void write_data(std::string_view text) { write_data(std::as_bytes(std::span{text})); }

    /// The two zero blocks. Throws Errc::internal if a file is short of its data.
    void finish();

    /// Bytes written so far; where the data begins right after add().
    std::uint64_t offset() const noexcept { return offset_; }

    /// For who copies the data past this object (copy_file_range): declares `count` bytes as
    /// written. They must be in their place already, as the padding may follow at once.
    void skip_data(std::uint64_t count);

private:
    void take_data(std::uint64_t count);
    void pad(std::uint64_t count);
    void write(std::span<const std::byte> bytes);

    Sink& sink_;
    std::uint64_t offset_ = 0;
    std::uint64_t data_left_ = 0;
    std::uint64_t padding_ = 0;
    std::string path_; // kept for their memory
    std::string records_;
};

} // namespace strata::io
