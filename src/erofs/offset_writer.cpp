// SPDX-License-Identifier: Apache-2.0
#include "erofs/offset_writer.hpp"

#include "base/error.hpp"
#include "sys/file.hpp"

#include <algorithm>
#include <cstring>

namespace strata::erofs {

OffsetWriter::OffsetWriter(const sys::Fd& file, std::uint64_t offset)
    : file_{&file}, offset_{offset}, buffer_{std::make_unique_for_overwrite<std::byte[]>(kBuffer)}
{
}

void OffsetWriter::write(std::span<const std::byte> bytes)
{
    while (!bytes.empty()) {
        const std::size_t count = std::min(bytes.size(), kBuffer - used_);
        std::memcpy(buffer_.get() + used_, bytes.data(), count);
        used_ += count;
        bytes = bytes.subspan(count);
        if (used_ == kBuffer) {
            flush();
        }
    }
}

void OffsetWriter::pad_to(std::uint64_t offset)
{
    if (offset < this->offset()) {
        throw Error{Errc::internal, "an EROFS image was laid out wrong"};
    }
    while (offset > this->offset()) {
        const std::size_t count = std::min<std::uint64_t>(offset - this->offset(), kBuffer - used_);
        std::memset(buffer_.get() + used_, 0, count);
        used_ += count;
        if (used_ == kBuffer) {
            flush();
        }
    }
}

void OffsetWriter::flush()
{
    sys::write_all_at(*file_, std::span{buffer_.get(), used_}, offset_);
    offset_ += used_;
    used_ = 0;
}

} // namespace strata::erofs
