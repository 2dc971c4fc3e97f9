// SPDX-License-Identifier: Apache-2.0
#include "io/source.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace strata::io {

std::uint64_t Source::skip(std::uint64_t count)
{
    std::array<std::byte, std::size_t{64} << 10> scratch;
    std::uint64_t skipped = 0;
    while (skipped < count) {
        const auto wanted =
            static_cast<std::size_t>(std::min<std::uint64_t>(count - skipped, scratch.size()));
        const std::size_t got = read(std::span{scratch}.first(wanted));
        if (got == 0) {
            break;
        }
        skipped += got;
    }
    return skipped;
}

std::uint64_t Source::write_to(Sink& sink)
{
    std::vector<std::byte> buffer(std::size_t{256} << 10);
    std::uint64_t written = 0;
    while (const std::size_t got = read(buffer)) {
        sink.write(std::span{buffer}.first(got));
        written += got;
    }
    return written;
}

std::size_t read_full(Source& source, std::span<std::byte> into)
{
    std::size_t filled = 0;
    while (filled < into.size()) {
        const std::size_t got = source.read(into.subspan(filled));
        if (got == 0) {
            break;
        }
        filled += got;
    }
    return filled;
}

std::string read_all(Source& source, std::uint64_t limit)
{
    std::string text;
    std::vector<std::byte> buffer(std::size_t{64} << 10);
    while (const std::size_t got = source.read(buffer)) {
        if (got > limit - text.size()) {
            throw Error{Errc::exhausted, fmt::format("more than the {} bytes allowed", limit)};
        }
        text.append(reinterpret_cast<const char*>(buffer.data()), got);
    }
    return text;
}

std::size_t MemorySource::read(std::span<std::byte> into)
{
    const std::size_t count = std::min(into.size(), rest_.size());
    std::copy_n(rest_.begin(), count, into.begin());
    rest_ = rest_.subspan(count);
    return count;
}

std::uint64_t MemorySource::skip(std::uint64_t count)
{
    const auto skipped = static_cast<std::size_t>(std::min<std::uint64_t>(count, rest_.size()));
    rest_ = rest_.subspan(skipped);
    return skipped;
}

std::uint64_t MemorySource::write_to(Sink& sink)
{
    const auto bytes = std::exchange(rest_, {});
    sink.write(bytes);
    return bytes.size();
}

void StringSink::write(std::span<const std::byte> bytes)
{
    text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

} // namespace strata::io
