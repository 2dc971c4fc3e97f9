// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "registry/auth/htpasswd.hpp"
#include "registry/auth/token.hpp"

namespace strata::registry {

/// Where clients get their tokens, as challenges say it.
struct Realm {
    std::string url{}; // empty: `path` on the host that the request was sent to
    std::string path = "/token";
    bool assume_https = false; // where no proxy says X-Forwarded-Proto (autoredirect)
    std::string service{};
};

/// Takes the tokens of an issuer. With `rules` the issuer is our own: listings then show what the
/// rules let the subject pull. With `passwords` as well Basic is taken, as if asking for a token.
std::unique_ptr<Authenticator>
make_token_authenticator(TokenTrust trust, Realm realm,
                         std::shared_ptr<const AccessRules> rules = nullptr,
                         std::unique_ptr<Authenticator> passwords = nullptr);

/// What a configured issuer may sign with. Throws what is wrong with the files.
TokenTrust load_token_trust(const AuthConfig& config);

} // namespace strata::registry
