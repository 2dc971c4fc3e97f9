// SPDX-License-Identifier: Apache-2.0
#include "db/column.hpp"

#include "base/error.hpp"

#include <limits>

namespace strata::db {
namespace {

// By the order of Value's alternatives.
constexpr std::string_view kStorageClass[] = {"NULL", "an integer", "a number", "text", "a blob"};

template <typename T>
const T& expect(const Value& value, std::string_view expected)
{
    if (const T* found = std::get_if<T>(&value)) {
        return *found;
    }
    throw ColumnMismatch{fmt::format("is {}, expected {}", kStorageClass[value.index()], expected)};
}

} // namespace

std::int64_t integer_in(const Value& value)
{
    return expect<std::int64_t>(value, "an integer");
}

double real_in(const Value& value)
{
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
        return static_cast<double>(*integer); // what SQLite stores for 2.0 in some columns
    }
    return expect<double>(value, "a number");
}

std::string_view text_in(const Value& value)
{
    return expect<std::string_view>(value, "text");
}

Blob blob_in(const Value& value)
{
    return expect<Blob>(value, "a blob");
}

std::uint64_t unsigned_in(const Value& value)
{
    const std::int64_t integer = integer_in(value);
    if (integer < 0) {
        throw ColumnMismatch{"is negative"};
    }
    return static_cast<std::uint64_t>(integer);
}

std::int64_t to_integer(std::uint64_t value)
{
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        throw Error{Errc::invalid_argument,
                    fmt::format("{} is more than the database can hold", value)};
    }
    return static_cast<std::int64_t>(value);
}

} // namespace strata::db
