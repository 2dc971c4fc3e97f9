// SPDX-License-Identifier: Apache-2.0
//
// The authentication that a configuration asks for.
#pragma once

#include "http/server.hpp"
#include "registry/auth/access.hpp"
#include "registry/config/config.hpp"

#include <functional>
#include <memory>
#include <string>

namespace strata::registry {

/// For what an administrator should read: a file that could not be reloaded, a password that was
/// made up.
using Notice = std::function<void(const std::string&)>;

/// The token endpoint of the built-in issuer. Safe to use from any thread.
class TokenEndpoint {
public:
    virtual ~TokenEndpoint() = default;

    /// The path that it answers at, "/token".
    virtual const std::string& path() const noexcept = 0;
    /// GET (Distribution's token protocol) and POST (OAuth 2). Blocks.
    virtual http::Response answer(const http::Request& request, http::Body& body) = 0;
};

struct Authentication {
    std::shared_ptr<Authenticator> authenticator;
    std::shared_ptr<TokenEndpoint> issuer; // null unless strata.issuer is there
};

/// `root` is the data root, where the issuer keeps its key (token-key.pem) and its refresh tokens
/// (tokens.db). Throws what is wrong with the files that the configuration names.
Authentication make_authentication(const Config& config, const std::string& root, Notice notice);

} // namespace strata::registry
