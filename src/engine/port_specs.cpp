// SPDX-License-Identifier: Apache-2.0
#include "engine/port_specs.hpp"

#include "base/error.hpp"
#include "base/strings.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace strata::engine {
namespace {

struct Range {
    unsigned first = 0;
    unsigned last = 0;
};

std::optional<Range> parse_range(std::string_view text)
{
    const auto parts = split_once(text, '-');
    const auto first = parse_integer<std::uint16_t>(parts ? parts->first : text);
    const auto last = parts ? parse_integer<std::uint16_t>(parts->second) : first;
    if (!first || !last || *first > *last) {
        return std::nullopt;
    }
    return Range{*first, *last};
}

} // namespace

std::set<std::string> exposed_ports(std::string_view spec)
{
    constexpr std::array<std::string_view, 3> kProtocols{"tcp", "udp", "sctp"};
    const auto parts = split_once(spec, '/');
    const std::string protocol = parts && !parts->second.empty() ? to_lower(parts->second) : "tcp";
    const std::string_view numbers = parts ? parts->first : spec;
    const auto colon = numbers.rfind(':');
    const std::string_view container =
        colon == std::string_view::npos ? numbers : numbers.substr(colon + 1);
    if (container.empty()) {
        throw Error{Errc::invalid_argument, fmt::format("No port specified: {}<empty>", spec)};
    }
    const auto range = parse_range(container);
    if (!range) {
        throw Error{Errc::invalid_argument, fmt::format("Invalid containerPort: {}", container)};
    }
    if (std::ranges::find(kProtocols, protocol) == kProtocols.end()) {
        throw Error{Errc::invalid_argument, fmt::format("Invalid proto: {}", protocol)};
    }
    std::set<std::string> ports;
    for (unsigned port = range->first; port <= range->last; ++port) {
        ports.insert(fmt::format("{}/{}", port, protocol));
    }
    return ports;
}

} // namespace strata::engine
