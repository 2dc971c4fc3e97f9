// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace strata::cli {

/// docs/user/commands.md, whole: every command with its usage, its aliases and its flags.
std::string commands_manual();

} // namespace strata::cli
