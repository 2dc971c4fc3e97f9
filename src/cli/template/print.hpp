// SPDX-License-Identifier: Apache-2.0
//
// Go's fmt, as far as templates reach it.
#pragma once

#include "cli/template/value.hpp"

#include <span>
#include <string>
#include <string_view>

namespace strata::cli::templates {

/// No single text may get longer, whatever a template asks for.
inline constexpr std::size_t kMaxText = 16 << 20;

enum class Notation { v, json }; // differ in where exponents begin: 1e+06 and 1e+21

/// The shortest digits that read back as the same number.
std::string shortest(double number, Notation notation = Notation::v);

/// %v: "[a b]", "map[k:v]", "{a b}", "<nil>".
std::string printed(const Value& value);

std::string
go_print(std::span<const Value> arguments); // a space between two when neither is a string
std::string go_println(std::span<const Value> arguments); // a space between any two, and a newline
/// Never fails: what is wrong is said in its result, "%!d(string=hi)".
std::string go_printf(std::string_view format, std::span<const Value> arguments);

} // namespace strata::cli::templates
