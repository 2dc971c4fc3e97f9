// SPDX-License-Identifier: Apache-2.0
//
// The 512-byte header block that all tar formats share, and the numbers in it.
// POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace strata::io {

inline constexpr std::size_t kTarBlock = 512;

/// What is missing to the next block boundary.
constexpr std::uint64_t tar_padding(std::uint64_t size)
{
    return (kTarBlock - size % kTarBlock) % kTarBlock;
}

struct TarHeader {
    char name[100];
    char mode[8];
    char uid[8];
    char gid[8];
    char size[12];
    char mtime[12];
    char checksum[8];
    char type;
    char link_name[100];
    char magic[6];
    char version[2];
    char user_name[32];
    char group_name[32];
    char device_major[8];
    char device_minor[8];
    char prefix[155]; // ustar; GNU keeps times and a sparse map here
    char padding[12];

    std::span<const char, kTarBlock> bytes() const
    {
        return std::span<const char, kTarBlock>{reinterpret_cast<const char*>(this), kTarBlock};
    }
};
static_assert(sizeof(TarHeader) == kTarBlock);

/// Which of the fields behind `link_name` mean anything.
enum class TarDialect : std::uint8_t { v7, ustar, star, gnu };
TarDialect dialect_of(const TarHeader& header);

bool is_zero_block(const TarHeader& header);

/// The sum over the block with its checksum field taken as blanks.
std::uint32_t tar_checksum(const TarHeader& header);
/// Whether the header carries its own checksum; some old writers added up signed bytes.
bool has_valid_checksum(const TarHeader& header);

/// The bytes of a field up to its first NUL.
template <std::size_t size>
std::string_view text_of(const char (&field)[size])
{
    const std::string_view whole{field, size};
    return whole.substr(0, whole.find('\0'));
}

/// A number in octal or GNU's base-256, which may be negative. Throws Errc::corrupt naming `what`.
std::int64_t parse_tar_number(std::span<const char> field, std::string_view what);

template <std::size_t size>
std::int64_t number_of(const char (&field)[size], std::string_view what)
{
    return parse_tar_number(std::span<const char>{field, size}, what);
}

} // namespace strata::io
