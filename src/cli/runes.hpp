// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/strings.hpp"

#include <string_view>

namespace strata::cli {

inline constexpr char32_t kReplacement = 0xFFFD;

/// Takes the first character off `text`, which is not empty. A byte that begins none is U+FFFD.
inline char32_t take_rune(std::string_view& text)
{
    const Utf8Character character = decode_utf8(text);
    text.remove_prefix(character.bytes);
    return character.value;
}

inline std::size_t rune_count(std::string_view text)
{
    std::size_t count = 0;
    for (; !text.empty(); ++count) {
        take_rune(text);
    }
    return count;
}

} // namespace strata::cli
