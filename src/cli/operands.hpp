// SPDX-License-Identifier: Apache-2.0
//
// What flags and arguments name, where Docker finds out what is wrong with them only when the
// command runs, and so ends with 1 and says it without "See '… --help'".
#pragma once

#include "oci/platform.hpp"
#include "sys/fd.hpp"

#include <optional>
#include <string>

namespace strata::cli {

/// To be read. Throws in Docker's words: "open x: no such file or directory".
sys::Fd open_input(const std::string& path);

/// Nothing for nothing. Throws Errc::invalid_argument "invalid platform: …".
std::optional<oci::Platform> parse_platform(const std::string& text);

} // namespace strata::cli
