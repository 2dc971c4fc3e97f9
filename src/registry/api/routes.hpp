// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "registry/api/call.hpp"

#include <span>

namespace strata::registry::api {

/// What a caller must be allowed to do. Pushing includes pulling, as with Distribution.
enum class Access : std::uint8_t { none, login, pull, push, remove, catalog, search };

struct Route {
    http::Method method;
    Endpoint endpoint;
    Access access;
    Code when_not_found; // what Errc::not_found means here
    http::Response (*handler)(Call&);
    std::string_view summary;
};

std::span<const Route> routes();

/// Null if there is none. HEAD finds GET where there is no HEAD of its own.
const Route* find_route(http::Method method, Endpoint endpoint) noexcept;
/// "GET, HEAD, DELETE".
std::string allowed_methods(Endpoint endpoint);

/// What `route` needs of the caller, for a challenge.
std::vector<Need> needs(const Route& route, const Call& call);

} // namespace strata::registry::api
