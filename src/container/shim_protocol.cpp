// SPDX-License-Identifier: Apache-2.0
#include "container/shim_protocol.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstring>

namespace strata::container {
namespace {

// Numbers are little-endian, which is what every machine that we run on has in memory.
static_assert(std::endian::native == std::endian::little);

constexpr std::size_t kReadAhead = 64 << 10;

template <std::integral Number>
void append(std::string& to, Number number)
{
    std::array<char, sizeof number> bytes;
    std::memcpy(bytes.data(), &number, sizeof number);
    to.append(bytes.data(), bytes.size());
}

/// Takes values off the front of a payload.
class Parser {
public:
    explicit Parser(std::string_view payload) : rest_{payload} {}

    template <std::integral Number>
    Number number()
    {
        Number value;
        const std::string_view bytes = take(sizeof value);
        std::memcpy(&value, bytes.data(), sizeof value);
        return value;
    }
    std::string text() { return std::string{take(number<std::uint32_t>())}; }

private:
    std::string_view take(std::size_t count)
    {
        if (rest_.size() < count) {
            throw Error{Errc::corrupt, "a message of the shim ends early"};
        }
        const std::string_view taken = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return taken;
    }
    std::string_view rest_;
};

void append_text(std::string& to, std::string_view text)
{
    append(to, static_cast<std::uint32_t>(text.size()));
    to += text;
}

} // namespace

void append_header(std::string& to, FrameType type, std::size_t payload_bytes)
{
    append(to, static_cast<std::uint32_t>(payload_bytes));
    append(to, static_cast<std::uint32_t>(type));
}

void append_frame(std::string& to, FrameType type, std::string_view payload)
{
    append_header(to, type, payload.size());
    to += payload;
}

std::span<char> FrameReader::space()
{
    if (begin_ == end_) {
        begin_ = end_ = 0;
    } else if (begin_ > 0 && buffer_.size() - end_ < kReadAhead) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (buffer_.size() - end_ < kReadAhead) {
        buffer_.resize(end_ + kReadAhead);
    }
    return {buffer_.data() + end_, buffer_.size() - end_};
}

std::optional<Frame> FrameReader::next()
{
    const std::string_view held{buffer_.data() + begin_, end_ - begin_};
    if (held.size() < kFrameHeader) {
        return std::nullopt;
    }
    Parser header{held};
    const auto bytes = header.number<std::uint32_t>();
    const auto type = header.number<std::uint32_t>();
    if (bytes > kMaxPayload || type > 0xff) {
        throw Error{
            Errc::corrupt,
            fmt::format("no message of a shim begins like this ({}, {} bytes)", type, bytes)};
    }
    if (held.size() < kFrameHeader + bytes) {
        return std::nullopt;
    }
    begin_ += kFrameHeader + bytes;
    return Frame{.type = static_cast<FrameType>(type), .payload = held.substr(kFrameHeader, bytes)};
}

std::string encode(sys::WindowSize size)
{
    std::string payload;
    append(payload, size.rows);
    append(payload, size.columns);
    return payload;
}

std::string encode(AttachRequest request)
{
    return {static_cast<char>((request.input ? 1 : 0) | (request.output ? 2 : 0) |
                              (request.errors ? 4 : 0))};
}

std::string encode(const StartRequest& request)
{
    return encode(request.attach) + encode(request.window);
}

std::string encode(const Error& failure)
{
    std::string payload;
    append(payload, static_cast<std::uint32_t>(failure.code()));
    append_text(payload, failure.message());
    append_text(payload, failure.hint());
    append(payload, static_cast<std::uint32_t>(failure.context().size()));
    for (const std::string& line : failure.context()) {
        append_text(payload, line);
    }
    return payload;
}

std::string encode(std::uint64_t number)
{
    std::string payload;
    append(payload, number);
    return payload;
}

std::string encode(std::int32_t number)
{
    std::string payload;
    append(payload, number);
    return payload;
}

sys::WindowSize decode_window_size(std::string_view payload)
{
    Parser parser{payload};
    const auto rows = parser.number<std::uint16_t>();
    const auto columns = parser.number<std::uint16_t>();
    return {.rows = rows, .columns = columns};
}

AttachRequest decode_attach(std::string_view payload)
{
    const auto flags = Parser{payload}.number<std::uint8_t>();
    return {.input = (flags & 1) != 0, .output = (flags & 2) != 0, .errors = (flags & 4) != 0};
}

StartRequest decode_start(std::string_view payload)
{
    return {.attach = decode_attach(payload),
            .window = decode_window_size(payload.substr(std::min<std::size_t>(1, payload.size())))};
}

Error decode_failure(std::string_view payload)
{
    Parser parser{payload};
    const auto code = parser.number<std::uint32_t>();
    std::string message = parser.text();
    std::string hint = parser.text();
    Error error{code <= static_cast<std::uint32_t>(Errc::internal) ? static_cast<Errc>(code)
                                                                   : Errc::internal,
                std::move(message), std::move(hint)};
    for (auto lines = parser.number<std::uint32_t>(); lines > 0; --lines) {
        error.add_context(parser.text());
    }
    return error;
}

std::uint64_t decode_u64(std::string_view payload)
{
    return Parser{payload}.number<std::uint64_t>();
}

std::int32_t decode_i32(std::string_view payload)
{
    return Parser{payload}.number<std::int32_t>();
}

} // namespace strata::container
