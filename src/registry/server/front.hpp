// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "registry/api/api.hpp"
#include "registry/auth/authentication.hpp"
#include "registry/metrics/access_log.hpp"
#include "registry/metrics/health.hpp"
#include "registry/metrics/metrics.hpp"
#include "registry/server/log.hpp"

namespace strata::registry {

/// What the server talks to: the API, the issuer's endpoint beside it, and whoever wants to know
/// how each request ended.
class Front final : public http::Handler {
public:
    struct Parts {
        api::Api& api;
        TokenEndpoint* issuer = nullptr;
        Authenticator& authenticator;
        Health& health;
        Metrics& metrics;
        AccessLog* access_log = nullptr;
        Log& log;
    };
    explicit Front(const Parts& parts) : parts_{parts} {}

    std::optional<http::Response> answer_at_once(const http::Request& request) override;
    http::Response handle(const http::Request& request, http::Body& body) override;
    http::Response refuse(std::uint16_t status, std::string_view why) override;
    void finished(const http::Request& request, const http::Outcome& outcome) override;
    void failed(const http::Request& request, const std::exception& error) override;

private:
    http::Response unhealthy();

    Parts parts_;
};

} // namespace strata::registry
