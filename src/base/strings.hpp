// SPDX-License-Identifier: Apache-2.0
//
// The little that std::string lacks. ASCII only, whatever the locale.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace strata {

/// `split("a,,b", ',')` is {"a", "", "b"}; an empty text is one empty part.
std::vector<std::string> split(std::string_view text, char separator);

/// What is before and after the first separator; nothing when there is none.
std::optional<std::pair<std::string_view, std::string_view>> split_once(std::string_view text,
                                                                        char separator);

/// Words between runs of white space; none in an empty text.
std::vector<std::string> split_words(std::string_view text);

std::string join(const std::vector<std::string>& parts, std::string_view separator);

std::string_view trim(std::string_view text);
std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);

/// All of `text` as a decimal number, no sign for unsigned ones, no spaces; nothing otherwise.
template <std::integral Integer>
std::optional<Integer> parse_integer(std::string_view text)
{
    Integer value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

/// In double quotes, as Go's %q prints it: control and other invisible characters and bytes that
/// are not UTF-8 are escaped. Docker's messages quote so.
std::string go_quote(std::string_view text);

/// Every byte that is not part of valid UTF-8 becomes U+FFFD, as Go does when it decodes JSON.
std::string to_valid_utf8(std::string_view text);

/// Decodes one character at the front of `text` and says how long it is: 1 and U+FFFD for a byte
/// that is not UTF-8 (overlong forms, surrogates and values above U+10FFFF included).
struct Utf8Character {
    char32_t value = 0;
    std::size_t bytes = 0;
    bool valid = false;
};
Utf8Character decode_utf8(std::string_view text) noexcept;
void append_utf8(std::string& text, char32_t character);

/// The distance to the closest of `candidates`, to ask "did you mean …?"; nothing if none is close.
std::optional<std::string_view> closest(std::string_view text,
                                        const std::vector<std::string_view>& candidates);

} // namespace strata
