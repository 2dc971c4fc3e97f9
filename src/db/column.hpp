// SPDX-License-Identifier: Apache-2.0
//
// What may go into a statement and come out of a row. Values of ours travel as one of SQLite's five
// storage classes; Column<T> says which, and how.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace strata::db {

struct Null {
    friend constexpr bool operator==(Null, Null) = default;
};

using Blob = std::span<const std::byte>;

/// One value on its way in or out. Text and blobs are borrowed.
using Value = std::variant<Null, std::int64_t, double, std::string_view, Blob>;

/// Why a value in a row is not what the program asked for. Database turns it into Errc::corrupt
/// that names the file and the column.
struct ColumnMismatch {
    std::string what;
};

// What Value holds, or ColumnMismatch. `expected` is for the message.
std::int64_t integer_in(const Value& value);
double real_in(const Value& value);
std::string_view text_in(const Value& value);
Blob blob_in(const Value& value);
std::uint64_t unsigned_in(const Value& value);
/// Throws Errc::invalid_argument for what SQLite's signed integers cannot hold.
std::int64_t to_integer(std::uint64_t value);

/// How T is kept. Specialise it for a type of your own:
///
///     template <> struct strata::db::Column<Color> {
///         static std::string_view store(const Color& color); // anything that itself has a Column
///         static Color load(const Value& value);
///     };
///
/// A type with `str()` and a static `parse(std::string_view)` (Digest, Reference, …) needs nothing:
/// it is kept as text.
template <typename T>
struct Column;

template <typename T>
concept Textual = requires(const T& value, std::string_view text)
{
    {
        value.str()
        } -> std::convertible_to<std::string_view>;
    {
        T::parse(text)
        } -> std::same_as<T>;
};

template <>
struct Column<bool> {
    static std::int64_t store(bool value) { return value ? 1 : 0; }
    static bool load(const Value& value) { return integer_in(value) != 0; }
};

template <std::signed_integral T>
struct Column<T> {
    static std::int64_t store(T value) { return value; }
    static T load(const Value& value)
    {
        const std::int64_t wide = integer_in(value);
        if (static_cast<T>(wide) != wide) {
            throw ColumnMismatch{"is out of range"};
        }
        return static_cast<T>(wide);
    }
};

template <std::unsigned_integral T>
requires(!std::same_as<T, bool>) struct Column<T> {
    static std::int64_t store(T value) { return to_integer(value); }
    static T load(const Value& value)
    {
        const std::uint64_t wide = unsigned_in(value);
        if (static_cast<T>(wide) != wide) {
            throw ColumnMismatch{"is out of range"};
        }
        return static_cast<T>(wide);
    }
};

template <std::floating_point T>
struct Column<T> {
    static double store(T value) { return static_cast<double>(value); }
    static T load(const Value& value) { return static_cast<T>(real_in(value)); }
};

template <>
struct Column<std::string_view> {
    static std::string_view store(std::string_view value) { return value; }
};

template <>
struct Column<std::string> {
    static std::string_view store(const std::string& value) { return value; }
    static std::string load(const Value& value) { return std::string{text_in(value)}; }
};

template <>
struct Column<const char*> {
    static std::string_view store(const char* value) { return value; }
};

template <std::size_t N>
struct Column<char[N]> {
    static std::string_view store(const char (&value)[N]) { return value; }
};

template <>
struct Column<Blob> {
    static Blob store(Blob value) { return value; }
};

template <>
struct Column<std::vector<std::byte>> {
    static Blob store(const std::vector<std::byte>& value) { return value; }
    static std::vector<std::byte> load(const Value& value)
    {
        const Blob blob = blob_in(value);
        return {blob.begin(), blob.end()};
    }
};

template <>
struct Column<Null> {
    static Null store(Null value) { return value; }
};

template <typename T>
struct Column<std::optional<T>> {
    using Stored = decltype(Column<T>::store(std::declval<const T&>()));
    static std::optional<Stored> store(const std::optional<T>& value)
    {
        return value ? std::optional<Stored>{Column<T>::store(*value)} : std::nullopt;
    }
    static std::optional<T> load(const Value& value)
    {
        return std::holds_alternative<Null>(value) ? std::nullopt
                                                   : std::optional<T>{Column<T>::load(value)};
    }
};

/// Nanoseconds since the epoch.
template <>
struct Column<std::chrono::sys_time<std::chrono::nanoseconds>> {
    using Time = std::chrono::sys_time<std::chrono::nanoseconds>;
    static std::int64_t store(Time value) { return value.time_since_epoch().count(); }
    static Time load(const Value& value)
    {
        return Time{std::chrono::nanoseconds{integer_in(value)}};
    }
};

template <Textual T>
struct Column<T> {
    static std::string store(const T& value) { return std::string{value.str()}; }
    static T load(const Value& value) { return T::parse(text_in(value)); }
};

// From what Column<T>::store() returned, which must outlive the result, to a Value.
inline Value as_value(Null value)
{
    return value;
}
inline Value as_value(std::int64_t value)
{
    return value;
}
inline Value as_value(double value)
{
    return value;
}
inline Value as_value(std::string_view value)
{
    return value;
}
inline Value as_value(const std::string& value)
{
    return std::string_view{value};
}
inline Value as_value(Blob value)
{
    return value;
}
template <typename T>
Value as_value(const std::optional<T>& value)
{
    return value ? as_value(*value) : Value{Null{}};
}

} // namespace strata::db
