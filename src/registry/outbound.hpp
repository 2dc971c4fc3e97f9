// SPDX-License-Identifier: Apache-2.0
//
// Requests that the registry itself makes: to upstreams, to endpoints of notifications, to what it
// checks. A function, so that tests can answer.
#pragma once

#include "http/message.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strata::registry {

struct OutboundRequest {
    http::Method method = http::Method::get;
    std::string url;
    std::vector<http::Field> fields{};
    std::string body{};
    int max_redirects = 10; // Authorization does not follow to another host
    /// For the whole of it until the header has come, and then between two bytes.
    std::chrono::milliseconds timeout{30'000};
};

struct OutboundResponse {
    int status = 0;
    std::vector<http::Field> fields{};
    io::SourcePtr body{};
    std::optional<std::uint64_t> length{};

    std::optional<std::string_view> field(std::string_view name) const noexcept;
};

/// Any status is an answer. Throws Errc::unavailable and so on when there was none.
using Outbound = std::function<OutboundResponse(const OutboundRequest&)>;

/// Over the network.
Outbound make_outbound();

} // namespace strata::registry
