// SPDX-License-Identifier: Apache-2.0
#include "cli/flag_value.hpp"

#include "base/error.hpp"

#include <charconv>
#include <cmath>
#include <limits>

namespace strata::cli {
namespace {

[[noreturn]] void refuse(std::string message)
{
    throw Error{Errc::invalid_argument, std::move(message)};
}

[[noreturn]] void refuse_number(std::string_view function, std::string_view text,
                                std::string_view why)
{
    refuse(fmt::format("strconv.{}: parsing \"{}\": {}", function, text, why));
}

/// Go's ParseInt and ParseUint with base 0, without its underscores.
std::uint64_t parse_magnitude(std::string_view function, std::string_view whole,
                              std::string_view digits)
{
    int base = 10;
    if (digits.size() > 2 && digits[0] == '0') {
        const char prefix = static_cast<char>(digits[1] | 0x20);
        base = prefix == 'x' ? 16 : prefix == 'o' ? 8 : prefix == 'b' ? 2 : 10;
        digits.remove_prefix(base == 10 ? 0 : 2);
    }
    if (base == 10 && digits.size() > 1 && digits[0] == '0') {
        base = 8; // a leading zero alone means octal, in Go as in C
    }
    std::uint64_t value = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    if (error == std::errc::result_out_of_range) {
        refuse_number(function, whole, "value out of range");
    }
    if (error != std::errc{} || end != digits.data() + digits.size()) {
        refuse_number(function, whole, "invalid syntax");
    }
    return value;
}

constexpr std::string_view kNumberCharacters = "0123456789.";

} // namespace

bool parse_bool(std::string_view text)
{
    for (const std::string_view yes : {"1", "t", "T", "TRUE", "true", "True"}) {
        if (text == yes) {
            return true;
        }
    }
    for (const std::string_view no : {"0", "f", "F", "FALSE", "false", "False"}) {
        if (text == no) {
            return false;
        }
    }
    refuse_number("ParseBool", text, "invalid syntax");
}

std::int64_t parse_int(std::string_view text)
{
    const bool negative = text.starts_with('-');
    const std::string_view digits = text.substr(negative || text.starts_with('+') ? 1 : 0);
    const std::uint64_t magnitude = parse_magnitude("ParseInt", text, digits);
    constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (magnitude > kMax + (negative ? 1 : 0)) {
        refuse_number("ParseInt", text, "value out of range");
    }
    return static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude);
}

std::uint64_t parse_uint(std::string_view text)
{
    return parse_magnitude("ParseUint", text, text);
}

double parse_decimal(std::string_view text)
{
    double value = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
        refuse(fmt::format("failed to parse {} as a rational number", text));
    }
    return value;
}

std::uint64_t parse_bytes(std::string_view text)
{
    const auto invalid = [&] { refuse(fmt::format("invalid size: '{}'", text)); };
    // A number, perhaps a space, then one of b k m g t p, perhaps followed by "b" or "ib".
    const std::size_t length = std::min(text.find_first_not_of(kNumberCharacters), text.size());
    double number = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + length, number, std::chars_format::fixed);
    if (length == 0 || error != std::errc{} || end != text.data() + length) {
        invalid();
    }
    std::string unit{text.substr(length)};
    unit.erase(0, unit.starts_with(' ') ? 1 : 0);
    for (char& c : unit) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    }
    constexpr std::string_view kUnits = "bkmgtp";
    const std::size_t power = unit.empty() ? 0 : kUnits.find(unit[0]);
    const std::string_view tail = unit.empty() ? "" : std::string_view{unit}.substr(1);
    if (power == kUnits.npos || !(tail.empty() || (power > 0 && (tail == "b" || tail == "ib")))) {
        invalid();
    }
    const double bytes = std::ldexp(number, static_cast<int>(10 * power));
    if (bytes >= 9223372036854775807.0) {
        invalid();
    }
    return static_cast<std::uint64_t>(bytes);
}

} // namespace strata::cli
