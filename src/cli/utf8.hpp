// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace strata::cli {

inline constexpr char32_t kReplacement = 0xFFFD;

/// Takes the first code point off `text`, which is not empty. A byte that begins none is U+FFFD,
/// alone.
char32_t take_rune(std::string_view& text);

void append_rune(std::string& text, char32_t rune); // what is no code point becomes U+FFFD

std::size_t rune_count(std::string_view text);

} // namespace strata::cli
