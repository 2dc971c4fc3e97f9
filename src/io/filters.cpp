// SPDX-License-Identifier: Apache-2.0
#include "io/filters.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <cstring>

namespace strata::io {
namespace {

std::string hex_of(std::span<const std::uint8_t> bytes)
{
    return fmt::format("{:02x}", fmt::join(bytes, ""));
}

std::string_view name_of(Hasher::Algorithm algorithm)
{
    return algorithm == Hasher::Algorithm::sha256 ? "sha256" : "sha512";
}

} // namespace

std::size_t TeeSource::read(std::span<std::byte> into)
{
    const std::size_t got = source_.read(into);
    sink_.write(into.first(got));
    return got;
}

void HashingSink::write(std::span<const std::byte> bytes)
{
    hasher_.update(bytes);
    count_ += bytes.size();
}

VerifiedSource::VerifiedSource(SourcePtr source, ExpectedContent expected)
    : source_{std::move(source)}, expected_{std::move(expected)}, hasher_{expected_.algorithm}
{
}

std::size_t VerifiedSource::read(std::span<std::byte> into)
{
    if (ended_ || into.empty()) {
        return 0;
    }
    const std::size_t got = source_->read(into);
    if (got == 0) {
        ended_ = true;
        verify_end();
        return 0;
    }
    count_ += got;
    if (expected_.size && count_ > *expected_.size) {
        throw Error{Errc::corrupt,
                    fmt::format("size mismatch: more than the expected {} bytes", *expected_.size)};
    }
    hasher_.update(into.first(got));
    return got;
}

void VerifiedSource::verify_end()
{
    if (expected_.size && count_ != *expected_.size) {
        throw Error{Errc::corrupt, fmt::format("size mismatch: expected {} bytes, got {}",
                                               *expected_.size, count_)};
    }
    if (const auto digest = hasher_.finish(); digest != expected_.digest) {
        const std::string_view name = name_of(expected_.algorithm);
        throw Error{Errc::corrupt, fmt::format("digest mismatch: expected {0}:{1}, got {0}:{2}",
                                               name, hex_of(expected_.digest), hex_of(digest))};
    }
}

std::size_t LimitedSource::read(std::span<std::byte> into)
{
    const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), left_));
    const std::size_t got = most == 0 ? 0 : source_.read(into.first(most));
    left_ -= got;
    return got;
}

std::uint64_t LimitedSource::skip(std::uint64_t count)
{
    const std::uint64_t skipped = source_.skip(std::min(count, left_));
    left_ -= skipped;
    return skipped;
}

std::size_t ObservedSource::read(std::span<std::byte> into)
{
    const std::size_t got = source_.read(into);
    total_ += got;
    observer_(total_);
    return got;
}

std::uint64_t ObservedSource::skip(std::uint64_t count)
{
    const std::uint64_t skipped = source_.skip(count);
    total_ += skipped;
    observer_(total_);
    return skipped;
}

void CountingSink::write(std::span<const std::byte> bytes)
{
    if (next_ != nullptr) {
        next_->write(bytes);
    }
    count_ += bytes.size();
}

BufferedSink::BufferedSink(Sink& next, std::size_t bytes) : next_{next}, most_{bytes}
{
    buffer_.reserve(bytes);
}

void BufferedSink::write(std::span<const std::byte> bytes)
{
    if (buffer_.size() + bytes.size() > most_) {
        flush();
    }
    if (bytes.size() >= most_) {
        next_.write(bytes);
    } else {
        buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
    }
}

void BufferedSink::flush()
{
    if (!buffer_.empty()) {
        next_.write(buffer_);
        buffer_.clear();
    }
}

BufferedSource::BufferedSource(Source& source, std::size_t bytes) : source_{source}, buffer_(bytes)
{
}

std::size_t BufferedSource::read(std::span<std::byte> into)
{
    if (rest_.empty()) {
        if (into.size() >= buffer_.size()) {
            return source_.read(into);
        }
        rest_ = std::span{buffer_}.first(source_.read(buffer_));
    }
    const std::size_t count = std::min(into.size(), rest_.size());
    std::memcpy(into.data(), rest_.data(), count);
    rest_ = rest_.subspan(count);
    return count;
}

std::uint64_t BufferedSource::skip(std::uint64_t count)
{
    const auto here = static_cast<std::size_t>(std::min<std::uint64_t>(count, rest_.size()));
    rest_ = rest_.subspan(here);
    return here + (here < count ? source_.skip(count - here) : 0);
}

} // namespace strata::io
