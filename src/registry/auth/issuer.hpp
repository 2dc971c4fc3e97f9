// SPDX-License-Identifier: Apache-2.0
//
// Our own issuer of tokens.
#pragma once

#include "registry/auth/authentication.hpp"
#include "registry/auth/htpasswd.hpp"
#include "registry/auth/keys.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace strata::registry {

/// The key in `<root>/token-key.pem`, which is made if there is none.
KeyHandle ensure_issuer_key(const std::string& root);

struct IssuerOptions {
    std::string root;
    std::string path = "/token";
    std::string service; // also the issuer's name
    std::chrono::nanoseconds lifetime{};
    std::chrono::nanoseconds refresh_lifetime{};
};

/// GET /token?service=&scope=&offline_token= and POST /token (OAuth 2: password, refresh_token).
/// Grants what the rules give to whoever asks; less than was asked for is no error.
std::unique_ptr<TokenEndpoint> make_issuer(IssuerOptions options, KeyHandle key,
                                           std::shared_ptr<PasswordFile> passwords,
                                           std::shared_ptr<const AccessRules> rules);

} // namespace strata::registry
