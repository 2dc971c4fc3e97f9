// SPDX-License-Identifier: Apache-2.0
//
// From the text of a flag or an argument to a value, and the name that help gives its type.
#pragma once

#include "base/duration.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace strata::cli {

// The texts of the errors are Docker's, which are Go's: scripts have been seen to match them.
bool parse_bool(std::string_view text);        // 1 t T TRUE true True 0 f F FALSE false False
std::int64_t parse_int(std::string_view text); // decimal, 0x…, 0o…, 0b…
std::uint64_t parse_uint(std::string_view text);
double parse_decimal(std::string_view text);

/// A `--flag` whose values are `no` and `yes`, so that the options of a command read as a sentence.
template <typename T>
concept YesNo = std::is_enum_v<T> && requires
{
    {T::no};
    {T::yes};
};

template <typename T>
concept ParsesItself = requires(std::string_view text)
{
    {
        T::parse(text)
        } -> std::same_as<T>;
};

template <typename T>
T parse_as(std::string_view text)
{
    if constexpr (std::same_as<T, bool>) {
        return parse_bool(text);
    } else if constexpr (YesNo<T>) {
        return parse_bool(text) ? T::yes : T::no;
    } else if constexpr (std::same_as<T, std::string>) {
        return std::string{text};
    } else if constexpr (std::same_as<T, std::int64_t>) {
        return parse_int(text);
    } else if constexpr (std::same_as<T, std::uint64_t>) {
        return parse_uint(text);
    } else if constexpr (std::same_as<T, double>) {
        return parse_decimal(text);
    } else if constexpr (std::same_as<T, std::chrono::nanoseconds>) {
        return strata::parse_duration(text);
    } else {
        static_assert(ParsesItself<T>, "give the type a static parse(std::string_view)");
        return T::parse(text);
    }
}

/// Sets `target`; a list grows by one.
template <typename T>
void assign(T& target, std::string_view text)
{
    target = parse_as<T>(text);
}
template <typename T>
void assign(std::optional<T>& target, std::string_view text)
{
    target = parse_as<T>(text);
}
template <typename T>
void assign(std::vector<T>& target, std::string_view text)
{
    target.push_back(parse_as<T>(text));
}

template <typename T>
struct TypeName {
    static constexpr std::string_view value = std::same_as<T, std::int64_t>    ? "int"
                                              : std::same_as<T, std::uint64_t> ? "uint"
                                              : std::same_as<T, double>        ? "decimal"
                                              : std::same_as<T, std::chrono::nanoseconds>
                                                  ? "duration"
                                                  : "string";
};
template <typename T>
struct TypeName<std::optional<T>> : TypeName<T> {
};
template <typename T>
struct TypeName<std::vector<T>> {
    static constexpr std::string_view value = "list";
};

/// What help shows as "(default …)"; empty for values that nobody would expect otherwise.
template <typename T>
std::string default_text(const T& value)
{
    if constexpr (std::same_as<T, bool>) {
        return value ? "true" : "";
    } else if constexpr (YesNo<T>) {
        return value == T::yes ? "true" : "";
    } else if constexpr (std::same_as<T, std::string>) {
        return value.empty() ? "" : '"' + value + '"';
    } else if constexpr (std::integral<T>) {
        return value == 0 ? "" : std::to_string(value);
    } else {
        return "";
    }
}

} // namespace strata::cli
