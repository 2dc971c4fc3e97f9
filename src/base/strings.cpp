// SPDX-License-Identifier: Apache-2.0
#include "base/strings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace strata {
namespace {

constexpr std::string_view kSpace = " \t\n\v\f\r";
constexpr char32_t kReplacement = 0xfffd;

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

char upper(char c)
{
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

/// Whether Go would print the character as it is. Exact for everything that occurs in practice;
/// unassigned code points count as printable.
bool is_printable(char32_t c)
{
    const auto in = [c](char32_t first, char32_t last) { return c >= first && c <= last; };
    const bool invisible = c < 0x20 || in(0x7f, 0xa0) || c == 0xad || c == 0x1680 ||
                           in(0x2000, 0x200f) || in(0x2028, 0x202f) || in(0x205f, 0x206f) ||
                           c == 0x3000 || in(0xd800, 0xf8ff) || c == 0xfeff || in(0xfff9, 0xfffb) ||
                           in(0xe0000, 0xe007f) || in(0xf0000, 0x10ffff);
    return !invisible;
}

void append_quoted(std::string& out, const Utf8Character& character, std::string_view bytes)
{
    static constexpr std::string_view kShort = "\a\b\f\n\r\t\v\\\"";
    static constexpr std::string_view kLetters = "abfnrtv\\\"";
    const char32_t c = character.value;
    if (!character.valid) {
        fmt::format_to(std::back_inserter(out), "\\x{:02x}",
                       static_cast<unsigned char>(bytes.front()));
    } else if (const std::size_t found = c < 0x80 ? kShort.find(static_cast<char>(c)) : kShort.npos;
               found != kShort.npos) {
        out += '\\';
        out += kLetters[found];
    } else if (is_printable(c)) {
        out += bytes;
    } else if (c < 0x80) {
        fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<std::uint32_t>(c));
    } else if (c < 0x10000) {
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<std::uint32_t>(c));
    } else {
        fmt::format_to(std::back_inserter(out), "\\U{:08x}", static_cast<std::uint32_t>(c));
    }
}

/// Edit distance, where swapping neighbours is one edit: what slips of the finger are made of.
std::size_t distance(std::string_view a, std::string_view b)
{
    std::vector<std::vector<std::size_t>> rows(a.size() + 1,
                                               std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) {
        for (std::size_t j = 0; j <= b.size(); ++j) {
            if (i == 0 || j == 0) {
                rows[i][j] = i + j;
                continue;
            }
            const std::size_t replace = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            rows[i][j] = std::min({rows[i - 1][j] + 1, rows[i][j - 1] + 1, replace});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                rows[i][j] = std::min(rows[i][j], rows[i - 2][j - 2] + 1);
            }
        }
    }
    return rows[a.size()][b.size()];
}

} // namespace

std::vector<std::string> split(std::string_view text, char separator)
{
    std::vector<std::string> parts;
    while (const auto cut = split_once(text, separator)) {
        parts.emplace_back(cut->first);
        text = cut->second;
    }
    parts.emplace_back(text);
    return parts;
}

std::optional<std::pair<std::string_view, std::string_view>> split_once(std::string_view text,
                                                                        char separator)
{
    const std::size_t found = text.find(separator);
    if (found == text.npos) {
        return std::nullopt;
    }
    return std::pair{text.substr(0, found), text.substr(found + 1)};
}

std::vector<std::string> split_words(std::string_view text)
{
    std::vector<std::string> words;
    for (text = trim(text); !text.empty(); text = trim(text)) {
        const std::size_t end = std::min(text.find_first_of(kSpace), text.size());
        words.emplace_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return words;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator)
{
    return fmt::format("{}", fmt::join(parts, separator));
}

std::string_view trim(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(kSpace);
    if (first == text.npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::string to_lower(std::string_view text)
{
    std::string result{text};
    std::ranges::transform(result, result.begin(), lower);
    return result;
}

std::string to_upper(std::string_view text)
{
    std::string result{text};
    std::ranges::transform(result, result.begin(), upper);
    return result;
}

bool equal_ignoring_case(std::string_view a, std::string_view b)
{
    return std::ranges::equal(a, b, {}, lower, lower);
}

std::string go_quote(std::string_view text)
{
    std::string out = "\"";
    while (!text.empty()) {
        const Utf8Character character = decode_utf8(text);
        append_quoted(out, character, text.substr(0, character.bytes));
        text.remove_prefix(character.bytes);
    }
    out += '"';
    return out;
}

std::string to_valid_utf8(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const Utf8Character character = decode_utf8(text);
        append_utf8(out, character.value);
        text.remove_prefix(character.bytes);
    }
    return out;
}

Utf8Character decode_utf8(std::string_view text) noexcept
{
    constexpr Utf8Character kInvalid{kReplacement, 1, false};
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    if (text.empty()) {
        return {kReplacement, 0, false};
    }
    const unsigned first = byte(0);
    if (first < 0x80) {
        return {first, 1, true};
    }
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < length) {
        return kInvalid;
    }
    char32_t value = first & (0xffu >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) {
            return kInvalid;
        }
        value = value << 6 | (byte(i) & 0x3f);
    }
    constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (value < kSmallest[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) {
        return kInvalid;
    }
    return {value, length, true};
}

void append_utf8(std::string& text, char32_t character)
{
    const auto push = [&](char32_t byte) { text += static_cast<char>(byte); };
    if (character < 0x80) {
        push(character);
    } else if (character < 0x800) {
        push(0xc0 | character >> 6);
        push(0x80 | (character & 0x3f));
    } else if (character < 0x10000) {
        push(0xe0 | character >> 12);
        push(0x80 | (character >> 6 & 0x3f));
        push(0x80 | (character & 0x3f));
    } else {
        push(0xf0 | character >> 18);
        push(0x80 | (character >> 12 & 0x3f));
        push(0x80 | (character >> 6 & 0x3f));
        push(0x80 | (character & 0x3f));
    }
}

std::optional<std::string_view> closest(std::string_view text,
                                        const std::vector<std::string_view>& candidates)
{
    std::optional<std::string_view> best;
    std::size_t least = 1 + std::min<std::size_t>(text.size() / 3, 3); // longer words, more slips
    for (const std::string_view candidate : candidates) {
        if (const std::size_t far = distance(text.substr(0, 64), candidate); far <= least) {
            if (!best || far < least) {
                best = candidate;
            }
            least = far;
        }
    }
    return best;
}

} // namespace strata
