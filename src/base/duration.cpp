// SPDX-License-Identifier: Apache-2.0
#include "base/duration.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace strata {
namespace {

[[noreturn]] void refuse(std::string message)
{
    throw Error{Errc::invalid_argument, std::move(message)};
}

struct Unit {
    std::string_view name;
    double nanoseconds;
};
constexpr std::array kDurationUnits{Unit{"ns", 1},   Unit{"us", 1e3},  Unit{"µs", 1e3},
                                    Unit{"μs", 1e3}, Unit{"ms", 1e6},  Unit{"s", 1e9},
                                    Unit{"m", 60e9}, Unit{"h", 3600e9}};

const Unit* find_unit(std::string_view name)
{
    for (const Unit& unit : kDurationUnits) {
        if (unit.name == name) {
            return &unit;
        }
    }
    return nullptr;
}

constexpr std::string_view kNumberCharacters = "0123456789.";

} // namespace

std::chrono::nanoseconds parse_duration(std::string_view text)
{
    const auto invalid = [&] { refuse(fmt::format("time: invalid duration \"{}\"", text)); };
    std::string_view rest = text;
    const bool negative = rest.starts_with('-');
    rest.remove_prefix(negative || rest.starts_with('+') ? 1 : 0);
    if (rest == "0") {
        return std::chrono::nanoseconds{0};
    }
    if (rest.empty()) {
        invalid();
    }
    double total = 0;
    while (!rest.empty()) {
        const std::size_t length = std::min(rest.find_first_not_of(kNumberCharacters), rest.size());
        double number = 0;
        const auto [end, error] =
            std::from_chars(rest.data(), rest.data() + length, number, std::chars_format::fixed);
        if (length == 0 || error != std::errc{} || end != rest.data() + length) {
            invalid();
        }
        rest.remove_prefix(length);
        const std::string_view name = rest.substr(0, rest.find_first_of(kNumberCharacters));
        if (name.empty()) {
            refuse(fmt::format("time: missing unit in duration \"{}\"", text));
        }
        const Unit* const unit = find_unit(name);
        if (unit == nullptr) {
            refuse(fmt::format("time: unknown unit \"{}\" in duration \"{}\"", name, text));
        }
        rest.remove_prefix(name.size());
        total += number * unit->nanoseconds;
    }
    if (total >= 9223372036854775807.0) {
        invalid();
    }
    return std::chrono::nanoseconds{std::llround(negative ? -total : total)};
}

} // namespace strata
