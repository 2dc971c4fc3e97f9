// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace strata::cli {

/// The whole command line, from its words to the process's exit status. `arguments` does not
/// include the program's name.
int run_command_line(int count, const char* const* arguments);

} // namespace strata::cli
