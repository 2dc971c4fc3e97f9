// SPDX-License-Identifier: Apache-2.0
#include "io/printable.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace strata::io {
namespace {

/// The length of the well-formed UTF-8 character that `text` begins with, or 0.
/// C1 control characters count as malformed: terminals obey them.
std::size_t character_at(std::string_view text)
{
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const std::size_t length = byte(0) < 0x80                       ? 1
                               : byte(0) >= 0xc2 && byte(0) <= 0xdf ? 2
                               : byte(0) >= 0xe0 && byte(0) <= 0xef ? 3
                               : byte(0) >= 0xf0 && byte(0) <= 0xf4 ? 4
                                                                    : 0;
    if (length == 0 || length > text.size()) {
        return 0;
    }
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) {
            return 0;
        }
    }
    const bool control =
        length == 1 ? byte(0) < 0x20 || byte(0) == 0x7f : byte(0) == 0xc2 && byte(1) < 0xa0;
    const bool overlong =
        (byte(0) == 0xe0 && byte(1) < 0xa0) || (byte(0) == 0xf0 && byte(1) < 0x90);
    const bool no_character =
        (byte(0) == 0xed && byte(1) >= 0xa0) || (byte(0) == 0xf4 && byte(1) >= 0x90);
    return control || overlong || no_character ? 0 : length;
}

} // namespace

std::string printable(std::string_view name)
{
    constexpr std::size_t kMost = 200;
    std::string text;
    while (!name.empty()) {
        if (text.size() >= kMost) {
            return text + "…";
        }
        const std::size_t length = character_at(name);
        if (length == 0) {
            text += fmt::format("\\x{:02x}", static_cast<std::uint8_t>(name[0]));
        } else {
            text += name.substr(0, length);
        }
        name.remove_prefix(length == 0 ? 1 : length);
    }
    return text;
}

} // namespace strata::io
