// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/source.hpp"
#include "sys/fd.hpp"
#include "sys/stop_event.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <stop_token>

namespace strata::io {

/// Reads an open file, pipe or socket from where it stands to its end, or a byte range of a regular
/// file. A regular file is read by offset: its position, which duplicates share, stays where it is.
/// Skips without reading in what a regular file has; a range that the file does not have is its
/// end.
class FdSource final : public Source {
public:
    explicit FdSource(sys::Fd file); // takes
    /// Its reads throw Errc::cancelled once `stop` has been requested, also those that wait for a
    /// pipe or a socket.
    FdSource(sys::Fd file, std::stop_token stop);
    static FdSource borrow(const sys::Fd& file);                        // duplicates
    FdSource(sys::Fd file, std::uint64_t offset, std::uint64_t length); // a range
    std::size_t read(std::span<std::byte> into) override;
    std::uint64_t skip(std::uint64_t count) override;

private:
    void wait() const;

    sys::Fd file_;
    std::stop_token stop_{};
    std::unique_ptr<sys::StopEvent> stop_event_{}; // of what may keep us waiting
    bool by_offset_ = false;
    std::uint64_t offset_ = 0;
    std::uint64_t left_ = std::numeric_limits<std::uint64_t>::max(); // of a range
    std::uint64_t size_ = 0; // of the file when it was opened: as far as skip() trusts it
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
