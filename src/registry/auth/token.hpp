// SPDX-License-Identifier: Apache-2.0
//
// Bearer tokens: JSON Web Tokens (RFC 7519) as Distribution's token authentication has them.
#pragma once

#include "base/time.hpp"
#include "registry/auth/keys.hpp"
#include "registry/auth/scope.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace strata::registry {

/// What a token says, once it was found to be true.
struct Claims {
    std::string subject{}; // "" for somebody anonymous
    std::vector<Scope> access{};
    Timestamp expires{};
};

/// Whom to believe.
struct TokenTrust {
    std::string issuer;
    std::string service;                   // must be in `aud`
    std::vector<std::string> algorithms{}; // empty: every one that we know
    std::vector<Key> keys{};
    std::vector<Certificate> roots{};                         // for x5c
    std::vector<std::pair<std::string, std::size_t>> names{}; // of keys, and where they are

    /// Finds a key by what it is called: its id in a set, its thumbprint, its libtrust fingerprint.
    const Key* find(std::string_view id) const noexcept;
    void add(Key key);
};

/// Throws Errc::unauthorized and says why. `now` may be a minute off either way.
Claims verify_token(std::string_view token, const TokenTrust& trust, Timestamp now);

/// A signed token (ES256). `key_id` goes into its header.
struct NewToken {
    std::string issuer;
    std::string service;
    std::string subject;
    std::vector<Scope> access;
    Timestamp issued;
    std::chrono::seconds lifetime;
};
std::string make_token(const NewToken& token, const KeyHandle& key, std::string_view key_id);

} // namespace strata::registry
