// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace strata::cli {

class Session;

/// Shows `warning` and asks; only "y" and "yes" are a yes. Throws Errc::invalid_argument where
/// there is nobody to ask: a script that means it says --force.
bool confirmed(Session& session, std::string_view warning);

} // namespace strata::cli
