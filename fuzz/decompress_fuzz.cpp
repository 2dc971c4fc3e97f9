// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as compressed data: an Error or bytes, in bounded memory, whatever the sizes of the
// reads. For gzip zlib is the second opinion: both accept, with the same bytes, or both refuse.
#include "base/error.hpp"
#include "io/compression.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

namespace {

using namespace strata;

constexpr std::size_t kMostOutput = 4 << 20; // enough; a bomb is somebody else's to stop

void require(bool holds, const char* what)
{
    if (!holds) {
        fmt::print(stderr, "broken promise: {}\n", what);
        std::abort();
    }
}

class PieceSource final : public io::Source {
public:
    PieceSource(std::string_view text, std::size_t piece) : text_{text}, piece_{piece} {}
    std::size_t read(std::span<std::byte> into) override
    {
        return text_.read(into.first(std::min(into.size(), piece_)));
    }

private:
    io::MemorySource text_;
    std::size_t piece_;
};

struct Outcome {
    std::string text;
    bool complete = false; // as opposed to refused, or cut off
    bool too_long = false;
};

Outcome inflate(std::string_view data, io::Compression compression, std::size_t piece)
{
    Outcome outcome;
    try {
        const auto source = io::decompress(std::make_unique<PieceSource>(data, piece), compression);
        std::string buffer(std::min<std::size_t>(piece * 3, 100'000), '\0');
        while (const std::size_t got = source->read(std::as_writable_bytes(std::span{buffer}))) {
            outcome.text.append(buffer, 0, got);
            if (outcome.text.size() > kMostOutput) {
                outcome.too_long = true;
                return outcome;
            }
        }
        outcome.complete = true;
    } catch (const Error& error) {
        require(error.code() == Errc::corrupt || error.code() == Errc::exhausted ||
                    error.code() == Errc::unsupported,
                error.what());
    }
    return outcome;
}

/// All members of `data` by zlib; nothing if any of it is bad.
std::optional<std::string> inflate_with_zlib(std::string_view data)
{
    std::string text;
    bool any = false;
    while (!data.empty()) {
        if (any && data.find_first_not_of('\0') == data.npos) {
            return text;
        }
        z_stream stream{};
        ::inflateInit2(&stream, 15 + 16);
        stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
        stream.avail_in = static_cast<uInt>(data.size());
        int status = Z_OK;
        while (status == Z_OK) {
            char buffer[10'000];
            stream.next_out = reinterpret_cast<Bytef*>(buffer);
            stream.avail_out = sizeof buffer;
            status = ::inflate(&stream, Z_NO_FLUSH);
            text.append(buffer, sizeof buffer - stream.avail_out);
        }
        data = data.substr(data.size() - stream.avail_in);
        ::inflateEnd(&stream);
        if (status != Z_STREAM_END) {
            return std::nullopt;
        }
        any = true;
    }
    return any ? std::optional{text} : std::nullopt;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const io::Compression compression = io::detect_compression(std::as_bytes(std::span{text}));
    const Outcome whole = inflate(text, compression, 100'000);
    const Outcome pieces = inflate(text, compression, 7);
    if (!whole.too_long && !pieces.too_long) {
        require(whole.complete == pieces.complete, "the same verdict, however it arrives");
        require(!whole.complete || whole.text == pieces.text,
                "the same bytes, however they arrive");
    }
    if (compression == io::Compression::gzip && !whole.too_long) {
        const auto second = inflate_with_zlib(text);
        require(whole.complete == second.has_value(), "zlib agrees");
        require(!whole.complete || whole.text == *second, "zlib has the same bytes");
    }
    return 0;
}
