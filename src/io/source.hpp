// SPDX-License-Identifier: Apache-2.0
//
// Bytes that come and bytes that go. Everything that streams in this project is one of these two.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace strata::io {

class Sink;

/// A stream of bytes, read once, front to back, by one thread at a time.
class Source {
public:
    virtual ~Source() = default;

    /// Reads at least one byte into a non-empty `into`, or returns 0 at the end, for ever.
    virtual std::size_t read(std::span<std::byte> into) = 0;

    /// Passes over at most `count` bytes and returns how many there were; less only at the end.
    /// The default reads; a seekable source seeks.
    virtual std::uint64_t skip(std::uint64_t count);

    /// Hands all that is left to `sink` and returns how much it was. A source that has its bytes in
    /// memory hands them over as they lie there, without a copy.
    virtual std::uint64_t write_to(Sink& sink);
};

/// A stream of bytes that is written once, front to back, by one thread at a time.
class Sink {
public:
    virtual ~Sink() = default;

    /// Takes all of `bytes` or throws.
    virtual void write(std::span<const std::byte> bytes) = 0;
    void write(std::string_view text) { write(std::as_bytes(std::span{text})); }
};

using SourcePtr = std::unique_ptr<Source>;

/// Reads until `into` is full or the source ends; returns the number of bytes read.
std::size_t read_full(Source& source, std::span<std::byte> into);

/// Everything that is left. Throws Errc::exhausted beyond `limit` bytes.
std::string read_all(Source& source, std::uint64_t limit);

/// Copies to the end; returns the number of bytes.
inline std::uint64_t copy(Source& from, Sink& to)
{
    return from.write_to(to);
}

/// Some bytes in memory; borrows them.
class MemorySource final : public Source {
public:
    explicit MemorySource(std::span<const std::byte> bytes) : rest_{bytes} {}
    explicit MemorySource(std::string_view text) : rest_{std::as_bytes(std::span{text})} {}
    std::size_t read(std::span<std::byte> into) override;
    std::uint64_t skip(std::uint64_t count) override;
    std::uint64_t write_to(Sink& sink) override;

private:
    std::span<const std::byte> rest_;
};

class StringSink final : public Sink {
public:
    void write(std::span<const std::byte> bytes) override;
    using Sink::write;
    std::string text;
};

} // namespace strata::io
