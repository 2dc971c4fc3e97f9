// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace strata::cli {

/// The script that teaches a shell our commands: "bash", "zsh" or "fish". Made from the tables;
/// names of images and containers are asked for when they are needed. Throws Errc::invalid_argument
/// for another shell.
std::string completion_script(std::string_view shell);

} // namespace strata::cli
