// SPDX-License-Identifier: Apache-2.0
//
// Any text may be given to --format. It parses or it does not; it fits or it does not; it always
// ends, and what it prints is bounded.
#include "base/error.hpp"
#include "base/json.hpp"
#include "cli/template/template.hpp"

#include <boost/json/value.hpp>

#include <cstdint>
#include <cstdlib>

namespace {

using namespace strata;

constexpr std::string_view kDocument = R"({
    "Id": "sha256:abc", "Tags": ["a", "b"], "Labels": {"z": "1", "com.example.x": "2"}, "Size": 1984172,
    "State": {"Running": true, "Health": null, "Ratio": 0.5}, "Ports": {"80/tcp": [{"HostPort": "8080"}]}})";

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const boost::json::value document = json::parse(kDocument, "document");
    const std::string text{data, data + size};
    try {
        const auto parsed = cli::templates::Template::parse(text);
        const std::string printed = parsed.run(cli::templates::Document{&document, nullptr});
        if (printed.size() > std::size_t{64} << 20) {
            std::abort();
        }
    } catch (const Error& error) {
        if (error.code() == Errc::internal) {
            std::abort();
        }
    }
    return 0;
}
