// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "registry/config/config.hpp"

#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace strata;
    const std::string_view text{reinterpret_cast<const char*>(data), size};

    // What follows a line of "---" are variables, NAME=value a line.
    const std::size_t cut = std::min(text.find("\n---\n"), text.size());
    registry::Variables variables;
    for (std::size_t at = cut + 5; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string_view line = text.substr(at, end - at);
        const std::size_t equals = std::min(line.find('='), line.size());
        variables.emplace_back(line.substr(0, equals),
                               line.substr(std::min(equals + 1, line.size())));
        at = end + 1;
    }
    try {
        registry::parse_config(text.substr(0, cut), "fuzz", variables);
    } catch (const Error&) { // refused, which is as good
    }
    return 0;
}
