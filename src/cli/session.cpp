// SPDX-License-Identifier: Apache-2.0
#include "cli/session.hpp"

#include <unistd.h>

namespace strata::cli {

Input::Input(int fd) : fd_{fd}, is_terminal_{isatty(fd) == 1} {}

Session::Session() : in_{STDIN_FILENO}, out_{STDOUT_FILENO}, err_{STDERR_FILENO, &out_} {}

Session::~Session() = default;

void Session::warn(std::string_view what)
{
    if (!globals_.silences_warnings) {
        err_.print("WARNING: {}\n", what);
    }
}

} // namespace strata::cli
