// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace strata::cli {

class Session;

/// Who may answer.
enum class Answers {
    terminal, // a person; otherwise Errc::invalid_argument: a script that means it says --force
    anything, // also `echo y |`, as Docker lets it
};

/// Shows `warning` and asks; only "y" and "yes" are a yes.
bool confirmed(Session& session, std::string_view warning, Answers answers);

} // namespace strata::cli
