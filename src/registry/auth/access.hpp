// SPDX-License-Identifier: Apache-2.0
//
// Who is asking, and what they may do.
#pragma once

#include "http/message.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace strata::registry {

enum class Action : std::uint8_t { pull, push, remove };

/// What a request needs. An empty repository with `catalog` is the registry itself.
struct Need {
    enum class Kind : std::uint8_t { login, repository, catalog, search };
    Kind kind = Kind::login; // login: just somebody, for /v2/
    std::string repository{};
    Action action = Action::pull;
};

/// Whoever sent a request, and what they may do; cheap to copy and to ask.
class Caller {
public:
    virtual ~Caller() = default;
    virtual const std::string& name() const noexcept = 0; // "" when anonymous
    virtual bool may(const Need& need) const = 0;
    /// Whether the catalog and a search may show them this repository's name. Not the same as
    /// may(pull) for the holder of a token, which says only what was asked for when it was made.
    virtual bool may_see(const std::string& repository) const
    {
        return may({.kind = Need::Kind::repository, .repository = repository});
    }
};
using CallerPtr = std::shared_ptr<const Caller>;

/// How a registry knows who is who: nobody asks, htpasswd, tokens of an issuer.
/// Called from many threads at once.
class Authenticator {
public:
    virtual ~Authenticator() = default;

    /// Without waiting: nothing if it cannot be told yet (a password that was not seen lately), and
    /// then authenticate() must be asked. For loop threads.
    virtual CallerPtr recognize(const http::Request& request) = 0;

    /// Who it is; anonymous without credentials. Throws Errc::unauthorized for wrong ones.
    virtual CallerPtr authenticate(const http::Request& request) = 0;

    /// The WWW-Authenticate field of a 401 to who lacks `needs` (RFC 9110 §11.6.1; Distribution's
    /// token authentication). `error` is "invalid_token" for credentials that were wrong,
    /// "insufficient_scope" for good ones that do not reach so far, "" when there were none.
    virtual std::string challenge(const http::Request& request, const std::vector<Need>& needs,
                                  std::string_view error) const = 0;
};

/// Everybody may do everything.
std::unique_ptr<Authenticator> make_open_authenticator();

} // namespace strata::registry
