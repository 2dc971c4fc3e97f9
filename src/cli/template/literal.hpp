// SPDX-License-Identifier: Apache-2.0
//
// Go's constants in a template.
#pragma once

#include "cli/template/value.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace strata::cli::templates {

/// The number that "0x1F", "1_000", "017", "1e3" or "-.5" stand for. Nothing if it is none.
std::optional<Value> parse_number(std::string_view text);
/// What is between the quotes, escapes replaced. Nothing if one of them is none of Go's.
std::optional<std::string> unquoted(std::string_view quoted);

} // namespace strata::cli::templates
