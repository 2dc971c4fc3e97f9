// SPDX-License-Identifier: Apache-2.0
//
// Streams that do something to what passes through them.
#pragma once

#include "io/hash.hpp"
#include "io/source.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace strata::io {

/// Gives what `source` gives, and writes it to `sink` as well. Borrows both. Skipped bytes are
/// read.
class TeeSource final : public Source {
public:
    TeeSource(Source& source, Sink& sink) : source_{source}, sink_{sink} {}
    std::size_t read(std::span<std::byte> into) override;

private:
    Source& source_;
    Sink& sink_;
};

/// Hashes and counts what it is given.
class HashingSink final : public Sink {
public:
    explicit HashingSink(Hasher::Algorithm algorithm = Hasher::Algorithm::sha256)
        : hasher_{algorithm}
    {
    }
    void write(std::span<const std::byte> bytes) override;
    using Sink::write;

    std::uint64_t count() const noexcept { return count_; }
    /// Call once, last.
    std::vector<std::uint8_t> finish() { return hasher_.finish(); }

private:
    Hasher hasher_;
    std::uint64_t count_ = 0;
};

/// Gives what `source` gives, hashed and counted on the way. Borrows it. Skipped bytes are read.
class HashingSource final : public Source {
public:
    explicit HashingSource(Source& source, Hasher::Algorithm algorithm = Hasher::Algorithm::sha256)
        : hash_{algorithm}, tee_{source, hash_}
    {
    }
    std::size_t read(std::span<std::byte> into) override { return tee_.read(into); }

    std::uint64_t count() const noexcept { return hash_.count(); }
    /// Of what was read. Call once, last.
    std::vector<std::uint8_t> finish() { return hash_.finish(); }

private:
    HashingSink hash_;
    TeeSource tee_;
};

/// What bytes are to be: their digest and, where it is known, their number.
struct ExpectedContent {
    Hasher::Algorithm algorithm = Hasher::Algorithm::sha256;
    std::vector<std::uint8_t> digest = {};
    std::optional<std::uint64_t> size = {};
};

/// Enforces that `source` is what it is said to be: a read that would pass the expected size, and
/// the one that finds the end, throw Errc::corrupt otherwise. Whoever reads to the end has the
/// right bytes.
class VerifiedSource final : public Source {
public:
    VerifiedSource(SourcePtr source, ExpectedContent expected);
    std::size_t read(std::span<std::byte> into) override;

private:
    void verify_end();

    SourcePtr source_;
    ExpectedContent expected_;
    Hasher hasher_;
    std::uint64_t count_ = 0;
    bool ended_ = false;
};

/// The first `limit` bytes of `source`, which it borrows, and then its end.
class LimitedSource final : public Source {
public:
    LimitedSource(Source& source, std::uint64_t limit) : source_{source}, left_{limit} {}
    std::size_t read(std::span<std::byte> into) override;
    std::uint64_t skip(std::uint64_t count) override;

private:
    Source& source_;
    std::uint64_t left_;
};

/// Gives what `source` gives and reports the total so far after each read; who listens may throw to
/// stop it all. Borrows the source.
class ObservedSource final : public Source {
public:
    using Observer = std::function<void(std::uint64_t total)>;
    ObservedSource(Source& source, Observer observer)
        : source_{source}, observer_{std::move(observer)}
    {
    }
    std::size_t read(std::span<std::byte> into) override;
    std::uint64_t skip(std::uint64_t count) override;

private:
    Source& source_;
    Observer observer_;
    std::uint64_t total_ = 0;
};

/// Counts, and hands on if there is somebody to hand to.
class CountingSink final : public Sink {
public:
    CountingSink() = default;
    explicit CountingSink(Sink& next) : next_{&next} {}
    void write(std::span<const std::byte> bytes) override;
    using Sink::write;

    std::uint64_t count() const noexcept { return count_; }

private:
    Sink* next_ = nullptr;
    std::uint64_t count_ = 0;
};

/// Gathers small writes into large ones. What is not flushed is lost: destructors cannot report.
class BufferedSink final : public Sink {
public:
    explicit BufferedSink(Sink& next, std::size_t bytes = std::size_t{256} << 10);
    void write(std::span<const std::byte> bytes) override;
    using Sink::write;
    void flush();

private:
    Sink& next_;
    std::size_t most_;
    std::vector<std::byte> buffer_;
};

/// Reads ahead, for readers of many small pieces: a tar's headers from a file. Borrows the source.
/// Skips within what it has, and beyond that as the source does.
class BufferedSource final : public Source {
public:
    explicit BufferedSource(Source& source, std::size_t bytes = std::size_t{32} << 10);
    std::size_t read(std::span<std::byte> into) override;
    std::uint64_t skip(std::uint64_t count) override;

private:
    Source& source_;
    std::vector<std::byte> buffer_;
    std::span<const std::byte> rest_;
};

} // namespace strata::io
