// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/template/value.hpp"

namespace strata::cli::templates {

// By Go's rules: an int and a float do not compare, and say so. Throw Errc::invalid_argument.
bool equal(const Value& left, const Value& right);
bool less(const Value& left, const Value& right);

} // namespace strata::cli::templates
