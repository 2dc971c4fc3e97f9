// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "base/json.hpp"

#include <boost/json.hpp>

#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace strata;
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    try {
        const boost::json::value value = json::parse(text, "fuzz");
        const json::PrintOptions pretty{
            .indent = "  ", .sort_keys = json::SortKeys::yes, .escape_html = json::EscapeHtml::yes};
        // Once printed, nothing changes any more. (The first time, -0.0 becomes -0, which is 0.)
        for (const json::PrintOptions& options : {json::PrintOptions{}, pretty}) {
            const std::string once = json::print(json::parse(json::print(value), "1"), options);
            if (json::print(json::parse(once, "2"), options) != once) {
                std::abort();
            }
        }
    } catch (const Error& error) {
        if (error.code() != Errc::corrupt && error.code() != Errc::exhausted) {
            std::abort();
        }
    }
    return 0;
}
