// SPDX-License-Identifier: Apache-2.0
#include "cli/utf8.hpp"

namespace strata::cli {
namespace {

bool is_code_point(char32_t c)
{
    return c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
}

} // namespace

char32_t take_rune(std::string_view& text)
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    const std::size_t length = first < 0x80   ? 1
                               : first < 0xC2 ? 0
                               : first < 0xE0 ? 2
                               : first < 0xF0 ? 3
                               : first < 0xF5 ? 4
                                              : 0;
    if (length <= 1) {
        text.remove_prefix(1);
        return length == 1 ? first : kReplacement;
    }
    constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
    char32_t rune = first & (0x7FU >> length);
    bool valid = text.size() >= length;
    for (std::size_t i = 1; valid && i < length; ++i) {
        valid = (byte(i) & 0xC0) == 0x80;
        rune = rune << 6 | (byte(i) & 0x3FU);
    }
    if (!valid || rune < kSmallest[length] || !is_code_point(rune)) {
        text.remove_prefix(1);
        return kReplacement;
    }
    text.remove_prefix(length);
    return rune;
}

void append_rune(std::string& text, char32_t rune)
{
    const char32_t c = is_code_point(rune) ? rune : kReplacement;
    const auto add = [&](char32_t byte) { text += static_cast<char>(byte); };
    if (c < 0x80) {
        add(c);
    } else if (c < 0x800) {
        add(0xC0 | c >> 6);
        add(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        add(0xE0 | c >> 12);
        add(0x80 | (c >> 6 & 0x3F));
        add(0x80 | (c & 0x3F));
    } else {
        add(0xF0 | c >> 18);
        add(0x80 | (c >> 12 & 0x3F));
        add(0x80 | (c >> 6 & 0x3F));
        add(0x80 | (c & 0x3F));
    }
}

std::size_t rune_count(std::string_view text)
{
    std::size_t count = 0;
    while (!text.empty()) {
        take_rune(text);
        ++count;
    }
    return count;
}

} // namespace strata::cli
