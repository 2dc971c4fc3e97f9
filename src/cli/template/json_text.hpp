// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/template/value.hpp"

#include <string>
#include <string_view>

namespace strata::cli::templates {

/// As Go's encoding/json writes it: no spaces, maps by key, structures in their own order.
void append_json(std::string& text, const Value& value);

} // namespace strata::cli::templates
