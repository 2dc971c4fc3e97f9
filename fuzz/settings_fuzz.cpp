// SPDX-License-Identifier: Apache-2.0
#include "base/duration.hpp"
#include "base/error.hpp"
#include "base/settings_file.hpp"
#include "base/size.hpp"
#include "base/strings.hpp"
#include "base/time.hpp"

#include <cstdlib>
#include <string>

namespace {

template <typename Body>
void ignoring_refusal(Body&& body)
{
    try {
        body();
    } catch (const strata::Error&) {
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace strata;
    const std::string text{reinterpret_cast<const char*>(data), size};
    ignoring_refusal([&] { parse_settings_file(text, "fuzz"); });
    ignoring_refusal([&] { parse_size(text); });
    ignoring_refusal([&] { parse_duration(text); });
    ignoring_refusal([&] {
        const Timestamp time = parse_rfc3339(text);
        if (parse_rfc3339(format_rfc3339(time)) != time) {
            std::abort();
        }
    });
    if (to_valid_utf8(to_valid_utf8(text)) != to_valid_utf8(text)) {
        std::abort();
    }
    go_quote(text);
    return 0;
}
