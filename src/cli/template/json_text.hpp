// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/template/value.hpp"

#include <string>
#include <string_view>

namespace strata::cli::templates {

/// Whether `<`, `>` and `&` become \u003c, \u003e and \u0026, which Go does unless told otherwise.
enum class EscapeHtml { no, yes };

/// As Go's encoding/json writes it: no spaces, maps by key, structures in their own order.
void append_json(std::string& text, const Value& value);
void append_json_string(std::string& text, std::string_view value, EscapeHtml escape_html);

} // namespace strata::cli::templates
