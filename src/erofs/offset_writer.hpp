// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/fd.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace strata::erofs {

/// Writes a stretch of a file front to back through a buffer. Several at once make several
/// stretches.
class OffsetWriter {
public:
    OffsetWriter(const sys::Fd& file, std::uint64_t offset);

    void write(std::span<const std::byte> bytes);
    template <typename T>
    void write_struct(const T& value)
    {
        write(std::as_bytes(std::span{&value, 1}));
    }
    void write_text(std::string_view text) { write(std::as_bytes(std::span{text})); }
    /// Zeros up to `offset` in the file, which must not lie behind.
    void pad_to(std::uint64_t offset);
    std::uint64_t offset() const noexcept { return offset_ + used_; }

    /// Must be called at the end: a destructor could not report a full disk.
    void flush();

private:
    static constexpr std::size_t kBuffer = 256 << 10;

    const sys::Fd* file_;
    std::uint64_t offset_; // of the buffer's first byte
    std::size_t used_ = 0;
    std::unique_ptr<std::byte[]> buffer_;
};

} // namespace strata::erofs
