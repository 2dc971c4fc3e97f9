// SPDX-License-Identifier: Apache-2.0
//
// The debug server: metrics, health, and numbers as JSON. For administrators only; it asks nobody
// who they are.
#pragma once

#include "http/server.hpp"
#include "registry/config/config.hpp"
#include "registry/metrics/health.hpp"
#include "registry/metrics/metrics.hpp"
#include "registry/notify/notifications.hpp"

#include <functional>

namespace strata::registry {

class DebugHandler final : public http::Handler {
public:
    /// All borrowed. `load` is that of the server that serves the registry.
    struct Parts {
        const HttpConfig::Debug& config;
        const Metrics& metrics;
        Health& health;
        Notifications* notifications = nullptr;
        std::function<http::Server::Load()> load;
    };
    explicit DebugHandler(Parts parts) : parts_{std::move(parts)} {}

    http::Response handle(const http::Request& request, http::Body& body) override;

private:
    http::Response health() const;
    http::Response variables() const;

    Parts parts_;
};

} // namespace strata::registry
