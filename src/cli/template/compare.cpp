// SPDX-License-Identifier: Apache-2.0
#include "cli/template/compare.hpp"

#include "base/error.hpp"
#include "cli/template/print.hpp"

namespace strata::cli::templates {
namespace {

bool is_basic(Kind kind)
{
    return kind == Kind::boolean || kind == Kind::integer || kind == Kind::real ||
           kind == Kind::string;
}

bool is_nothing(Kind kind)
{
    return kind == Kind::invalid || kind == Kind::nil;
}

[[noreturn]] void incompatible()
{
    throw Error{Errc::invalid_argument, "incompatible types for comparison"};
}

} // namespace

bool equal(const Value& left, const Value& right)
{
    const Kind kinds[] = {kind(left), kind(right)};
    if (is_nothing(kinds[0]) || is_nothing(kinds[1])) {
        return is_nothing(kinds[0]) == is_nothing(kinds[1]);
    }
    if (kinds[0] != kinds[1]) {
        incompatible();
    }
    if (!is_basic(kinds[0])) {
        throw Error{Errc::invalid_argument,
                    fmt::format("non-comparable type {}: {}", printed(left), type_name(left))};
    }
    return left.base() == right.base();
}

bool less(const Value& left, const Value& right)
{
    const Kind kinds[] = {kind(left), kind(right)};
    if (!is_basic(kinds[0]) || !is_basic(kinds[1])) {
        throw Error{Errc::invalid_argument, "invalid type for comparison"};
    }
    if (kinds[0] != kinds[1]) {
        incompatible();
    }
    if (kinds[0] == Kind::boolean) {
        throw Error{Errc::invalid_argument, "invalid type for comparison"};
    }
    return left.base() < right.base();
}

} // namespace strata::cli::templates
