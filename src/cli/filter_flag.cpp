// SPDX-License-Identifier: Apache-2.0
#include "cli/filter_flag.hpp"

#include "base/error.hpp"
#include "base/strings.hpp"
#include "cli/args.hpp"

namespace strata::cli {

Flag& filter_flag(ArgParser& args, std::vector<std::pair<std::string, std::string>>& filters,
                  std::string_view help, char letter)
{
    const auto add = [&filters](std::string_view text) {
        if (text.empty()) {
            return; // as in Docker
        }
        const auto parts = split_once(text, '=');
        if (!parts) {
            throw Error{Errc::invalid_argument, "bad format of filter (expected name=value)"};
        }
        filters.emplace_back(to_lower(trim(parts->first)), trim(parts->second));
    };
    return args.option_with("--filter", letter, "filter", add, help);
}

} // namespace strata::cli
