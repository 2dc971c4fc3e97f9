// SPDX-License-Identifier: Apache-2.0
#include "io/tar_header.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace strata::io {
namespace {

constexpr bool is_blank(char c)
{
    return c == ' ' || c == '\0';
}

std::int64_t parse_base256(std::span<const char> field, std::string_view what)
{
    // Two's complement, most significant byte first; bit 7 of the first byte is the mark, bit 6 the
    // sign.
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(field[i]); };
    const bool negative = (byte(0) & 0x40) != 0;
    const std::uint8_t flip = negative ? 0xff : 0;
    std::uint64_t magnitude = 0;
    for (std::size_t i = 0; i < field.size(); ++i) {
        const auto digit = static_cast<std::uint8_t>((byte(i) ^ flip) & (i == 0 ? 0x7f : 0xff));
        if (magnitude >> 55 != 0) {
            throw Error{Errc::corrupt, fmt::format("{} does not fit into 63 bits", what)};
        }
        magnitude = magnitude << 8 | digit;
    }
    return negative ? static_cast<std::int64_t>(~magnitude) : static_cast<std::int64_t>(magnitude);
}

} // namespace

TarDialect dialect_of(const TarHeader& header)
{
    if (std::memcmp(header.magic, "ustar\0", 6) == 0) {
        return std::memcmp(header.padding + 8, "tar\0", 4) == 0 ? TarDialect::star
                                                                : TarDialect::ustar;
    }
    return std::memcmp(header.magic, "ustar  \0", 8) == 0 ? TarDialect::gnu : TarDialect::v7;
}

bool is_zero_block(const TarHeader& header)
{
    const auto bytes = header.bytes();
    return bytes[0] == '\0' && std::ranges::all_of(bytes, [](char c) { return c == '\0'; });
}

std::uint32_t tar_checksum(const TarHeader& header)
{
    // Eight bytes at a time, in four 16-bit lanes: 64 rounds of at most 510 cannot overflow one.
    // A plain loop over bytes takes five times as long, and is most of the cost of an entry.
    constexpr std::uint64_t kEvenBytes = 0x00ff00ff00ff00ff;
    std::uint64_t lanes = 0;
    for (std::size_t at = 0; at < kTarBlock; at += 8) {
        std::uint64_t word;
        std::memcpy(&word, header.bytes().data() + at, sizeof word);
        lanes += (word & kEvenBytes) + (word >> 8 & kEvenBytes);
    }
    std::uint32_t sum = 0;
    for (; lanes != 0; lanes >>= 16) {
        sum += static_cast<std::uint32_t>(lanes & 0xffff);
    }
    for (const char c : header.checksum) {
        sum += static_cast<std::uint32_t>(' ') - static_cast<std::uint8_t>(c);
    }
    return sum;
}

bool has_valid_checksum(const TarHeader& header)
{
    std::int64_t claimed = 0;
    try {
        claimed = number_of(header.checksum, "checksum");
    } catch (const Error&) {
        return false;
    }
    if (claimed == tar_checksum(header)) {
        return true;
    }
    std::int64_t sum = 0;
    for (const char c : header.bytes()) {
        sum += static_cast<signed char>(c);
    }
    for (const char c : header.checksum) {
        sum += ' ' - static_cast<signed char>(c);
    }
    return claimed == sum;
}

std::int64_t parse_tar_number(std::span<const char> field, std::string_view what)
{
    if ((static_cast<std::uint8_t>(field[0]) & 0x80) != 0) {
        return parse_base256(field, what);
    }
    const char* at = field.data();
    const char* const end = at + field.size();
    while (at != end && is_blank(*at)) {
        ++at;
    }
    std::int64_t value = 0; // at most twelve digits of three bits: no overflow
    for (; at != end && *at >= '0' && *at <= '7'; ++at) {
        value = value << 3 | (*at - '0');
    }
    if (at != end && !is_blank(*at)) {
        throw Error{Errc::corrupt, fmt::format("{} is not an octal number", what)};
    }
    return value;
}

} // namespace strata::io
