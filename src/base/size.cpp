// SPDX-License-Identifier: Apache-2.0
#include "base/size.hpp"

#include "base/error.hpp"
#include "base/strings.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <span>

namespace strata {
namespace {

[[noreturn]] void refuse_size(std::string_view text)
{
    throw Error{Errc::invalid_argument, fmt::format("invalid size: '{}'", text)};
}

double parse_number(std::string_view number, std::string_view whole)
{
    double value = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (error != std::errc{} || end != number.data() + number.size() || !(value >= 0)) {
        refuse_size(whole);
    }
    return value;
}

/// How much a unit multiplies: "", "b", "k", "kb", "kib" and so on. Nothing for another word.
std::optional<double> multiplier(std::string_view unit, SizeUnits units)
{
    constexpr std::string_view kPrefixes = "kmgtp";
    if (unit.empty() || unit == "b") {
        return 1;
    }
    const std::size_t power = kPrefixes.find(unit.front());
    unit.remove_prefix(1);
    if (power == kPrefixes.npos || !(unit.empty() || unit == "b" || unit == "ib")) {
        return std::nullopt;
    }
    return std::pow(units == SizeUnits::binary ? 1024.0 : 1000.0, static_cast<double>(power + 1));
}

std::string scaled(double bytes, double base, int digits, std::span<const std::string_view> units)
{
    std::size_t unit = 0;
    while (bytes >= base && unit + 1 < units.size()) {
        bytes /= base;
        ++unit;
    }
    return fmt::format("{:.{}g}{}", bytes, digits, units[unit]);
}

} // namespace

std::uint64_t parse_size(std::string_view text, SizeUnits units)
{
    const std::size_t last = text.find_last_of("0123456789. ");
    if (last == text.npos) {
        refuse_size(text);
    }
    const std::size_t number_end = text[last] == ' ' ? last : last + 1; // one space may separate
    const double number = parse_number(text.substr(0, number_end), text);

    const std::string unit = to_lower(text.substr(last + 1));
    const auto factor = multiplier(unit, units);
    if (!factor) {
        throw Error{Errc::invalid_argument, fmt::format("invalid suffix: '{}'", unit)};
    }
    const double bytes = number * *factor;
    if (bytes >= static_cast<double>(std::numeric_limits<std::int64_t>::max())) {
        refuse_size(text);
    }
    return static_cast<std::uint64_t>(bytes);
}

std::string human_size(double bytes, int digits)
{
    static constexpr std::array<std::string_view, 9> kUnits{"B",  "kB", "MB", "GB", "TB",
                                                            "PB", "EB", "ZB", "YB"};
    return scaled(bytes, 1000, digits, kUnits);
}

std::string binary_size(double bytes)
{
    static constexpr std::array<std::string_view, 9> kUnits{"B",   "KiB", "MiB", "GiB", "TiB",
                                                            "PiB", "EiB", "ZiB", "YiB"};
    return scaled(bytes, 1024, 4, kUnits);
}

} // namespace strata
