// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/fd.hpp"

#include <cstddef>
#include <span>
#include <utility>

namespace strata::sys {

/// A whole file, mapped read-only and shared. The descriptor may be closed meanwhile.
///
/// Move-only; the address of the bytes survives a move. Reading beyond what somebody has cut off a
/// file since it was mapped raises SIGBUS, so map only what nobody truncates: files that were
/// published by rename.
class MappedFile {
public:
    MappedFile() noexcept = default;
    /// An empty file gives empty bytes. Throws Errc::unsupported for what cannot be mapped.
    explicit MappedFile(const Fd& file);
    MappedFile(MappedFile&& other) noexcept : bytes_{std::exchange(other.bytes_, {})} {}
    MappedFile& operator=(MappedFile&& other) noexcept
    {
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~MappedFile();

    std::span<const std::byte> bytes() const noexcept { return bytes_; }

private:
    std::span<const std::byte> bytes_;
};

} // namespace strata::sys
