// SPDX-License-Identifier: Apache-2.0
//
// The registry put together: what `strata registry serve` runs.
#pragma once

#include "registry/config/config.hpp"
#include "registry/server/log.hpp"

#include <memory>
#include <string>

namespace strata::registry {

class RegistryServer {
public:
    /// Opens the data root, takes in what Distribution left there if nobody has yet, and listens.
    /// Throws what is wrong with the configuration, the data or the address.
    RegistryServer(const Config& config, Log& log);
    RegistryServer(const RegistryServer&) = delete;
    RegistryServer& operator=(const RegistryServer&) = delete;
    ~RegistryServer();

    std::string address() const;

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
