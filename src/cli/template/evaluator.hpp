// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/template/template.hpp"

#include <string>
#include <string_view>

namespace strata::cli::templates {

/// Runs the outermost of `definitions`, which were parsed from `text`.
std::string evaluate(std::string_view text, const Definitions& definitions, const Value& data,
                     const RunOptions& options);

} // namespace strata::cli::templates
