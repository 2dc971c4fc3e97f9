// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/source.hpp"
#include "sys/fd.hpp"

#include <cstdint>
#include <functional>

namespace strata::store {

/// Called with the number of bytes so far, now and then.
using ByteCount = std::function<void(std::uint64_t)>;

/// Writes to a file that will be synced, and has the disk begin at once: the dirty pages of a whole
/// layer would make its fdatasync as long as writing it all; begun early, it is short.
class WriteBackSink final : public io::Sink {
public:
    explicit WriteBackSink(const sys::Fd& file) : file_{file} {}
    void write(std::span<const std::byte> bytes) override;
    using Sink::write;

private:
    const sys::Fd& file_;
    std::uint64_t written_ = 0;
    std::uint64_t begun_ = 0;
};

/// Passes everything on to another sink, and tells how much it was.
class CountingSink final : public io::Sink {
public:
    CountingSink(io::Sink& sink, const ByteCount& progress) : sink_{sink}, progress_{progress} {}
    void write(std::span<const std::byte> bytes) override;
    using Sink::write;

private:
    io::Sink& sink_;
    const ByteCount& progress_;
    std::uint64_t count_ = 0;
};

} // namespace strata::store
