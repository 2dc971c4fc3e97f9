// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace strata::cli {

class ArgParser;
struct Flag;

/// `-f, --filter key=value`, any number of times; the key in lowercase. Throws
/// Errc::invalid_argument "bad format of filter (expected name=value)". `letter` is 0 where -f
/// means something else.
Flag& filter_flag(ArgParser& args, std::vector<std::pair<std::string, std::string>>& filters,
                  std::string_view help, char letter = 'f');

} // namespace strata::cli
