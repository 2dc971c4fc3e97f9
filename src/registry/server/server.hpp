// SPDX-License-Identifier: Apache-2.0
//
// The registry put together: what `strata registry serve` runs.
#pragma once

#include "registry/config/config.hpp"
#include "registry/server/log.hpp"

#include <memory>
#include <stop_token>
#include <string>

namespace strata::registry {

struct RegistryLogs {
    Log& messages;
    const sys::Fd& requests; // a line each, unless accesslog.disabled
};

/// Takes in what Distribution has left in the data root, if nobody has yet, and says in the log how
/// far it is. Throws Errc::cancelled when it was stopped; it goes on the next time.
void take_over(const Config& config, Log& log, const std::stop_token& stop);

class RegistryServer {
public:
    /// Opens the data root, and listens. Throws what is wrong with the configuration, the data or
    /// the address.
    RegistryServer(const Config& config, const RegistryLogs& logs);
    RegistryServer(const RegistryServer&) = delete;
    RegistryServer& operator=(const RegistryServer&) = delete;
    ~RegistryServer();

    std::string address() const;
    std::string debug_address() const; // empty without a debug server

    /// Until it is drained.
    void run();
    /// From any thread: lets the requests at hand end, for http.draintimeout at most. The second
    /// call does not wait.
    void drain() noexcept;
    /// From any thread: reads certificates and passwords again.
    void reload();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

} // namespace strata::registry
