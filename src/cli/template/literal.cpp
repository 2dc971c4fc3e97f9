// SPDX-License-Identifier: Apache-2.0
#include "cli/template/literal.hpp"

#include "base/strings.hpp"
#include "cli/runes.hpp"

#include <charconv>
#include <limits>

namespace strata::cli::templates {
namespace {

std::optional<std::uint64_t> magnitude(std::string_view digits)
{
    int base = 10;
    if (digits.size() > 1 && digits[0] == '0') {
        const char prefix = static_cast<char>(digits[1] | 0x20);
        base = prefix == 'x' ? 16 : prefix == 'b' ? 2 : 8;
        digits.remove_prefix(prefix == 'x' || prefix == 'b' || prefix == 'o' ? 2 : 1);
    }
    std::uint64_t value = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    const bool is_whole = error == std::errc{} && end == digits.data() + digits.size();
    return is_whole ? std::optional{value} : std::nullopt;
}

std::optional<double> real(std::string_view digits)
{
    const bool hex = digits.starts_with("0x") || digits.starts_with("0X");
    digits.remove_prefix(hex ? 2 : 0);
    double value = 0;
    const auto format = hex ? std::chars_format::hex : std::chars_format::general;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, format);
    const bool is_whole = error == std::errc{} && end == digits.data() + digits.size();
    return is_whole ? std::optional{value} : std::nullopt;
}

/// Takes `count` digits of `base` off `text`.
std::optional<char32_t> take_code(std::string_view& text, std::size_t count, int base)
{
    if (text.size() < count) {
        return std::nullopt;
    }
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + count, value, base);
    if (error != std::errc{} || end != text.data() + count) {
        return std::nullopt;
    }
    text.remove_prefix(count);
    return static_cast<char32_t>(value);
}

/// After the backslash.
bool append_escape(std::string& result, std::string_view& rest, char quote)
{
    if (rest.empty()) {
        return false;
    }
    const char letter = rest[0];
    constexpr std::string_view kLetters = "abfnrtv\\";
    constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\";
    if (const std::size_t known = kLetters.find(letter);
        known != kLetters.npos || letter == quote) {
        result += letter == quote ? quote : kMeanings[known];
        rest.remove_prefix(1);
        return true;
    }
    if (letter == 'u' || letter == 'U') {
        rest.remove_prefix(1);
        const auto code = take_code(rest, letter == 'u' ? 4 : 8, 16);
        if (!code || *code > 0x10FFFF || (*code >= 0xD800 && *code <= 0xDFFF)) {
            return false;
        }
        append_utf8(result, *code);
        return true;
    }
    rest.remove_prefix(letter == 'x' ? 1 : 0);
    const auto byte = letter == 'x' ? take_code(rest, 2, 16) : take_code(rest, 3, 8);
    if (!byte || *byte > 0xFF) {
        return false;
    }
    result += static_cast<char>(*byte);
    return true;
}

} // namespace

std::optional<Value> parse_number(std::string_view text)
{
    const bool negative = text.starts_with('-');
    std::string digits{text.substr(negative || text.starts_with('+') ? 1 : 0)};
    std::erase(digits, '_');
    if (const auto whole = magnitude(digits)) {
        constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
        if (*whole > kMost + (negative ? 1 : 0)) {
            return std::nullopt;
        }
        return static_cast<std::int64_t>(negative ? 0 - *whole : *whole);
    }
    if (const auto fraction = real(digits)) {
        return negative ? -*fraction : *fraction;
    }
    return std::nullopt;
}

std::optional<std::string> unquoted(std::string_view quoted)
{
    const char quote = quoted[0];
    std::string_view rest = quoted.substr(1, quoted.size() - 2);
    if (quote == '`') {
        std::string raw{rest};
        std::erase(raw, '\r');
        return raw;
    }
    std::string result;
    while (!rest.empty()) {
        const char c = rest[0];
        rest.remove_prefix(1);
        if (c != '\\') {
            result += c;
        } else if (!append_escape(result, rest, quote)) {
            return std::nullopt;
        }
    }
    return result;
}

} // namespace strata::cli::templates
