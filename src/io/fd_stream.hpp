// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/source.hpp"
#include "sys/fd.hpp"

#include <cstdint>
#include <limits>

namespace strata::io {

/// Reads an open file, pipe or socket from where it stands, or a byte range of a regular file
/// (which leaves the file position alone). Skips by seeking where it can.
class FdSource final : public Source {
public:
    explicit FdSource(sys::Fd file);                                    // takes
    static FdSource borrow(const sys::Fd& file);                        // duplicates
    FdSource(sys::Fd file, std::uint64_t offset, std::uint64_t length); // a range, by pread
    std::size_t read(std::span<std::byte> into) override;
    std::uint64_t skip(std::uint64_t count) override;

private:
    sys::Fd file_;
    bool seekable_ = false;
    bool ranged_ = false;
    std::uint64_t offset_ = 0;
    std::uint64_t left_ = std::numeric_limits<std::uint64_t>::max();
};

/// Writes to an open file, pipe or socket; borrows it.
class FdSink final : public Sink {
public:
    explicit FdSink(const sys::Fd& file) : file_{file} {}
    void write(std::span<const std::byte> bytes) override;
    using Sink::write;

private:
    const sys::Fd& file_;
};

} // namespace strata::io
