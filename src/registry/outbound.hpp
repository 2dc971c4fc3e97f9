// SPDX-License-Identifier: Apache-2.0
//
// Requests that the registry itself makes: to upstreams, to endpoints of notifications, to what it
// checks. A function, so that tests can answer.
#pragma once

#include "http/client.hpp"

#include <functional>

namespace strata::registry {

/// As http::Client::send. From any thread.
using Outbound = std::function<http::ClientResponse(http::ClientRequest)>;

/// Over the network, with connections that are kept for the next request.
Outbound make_outbound();

} // namespace strata::registry
