// SPDX-License-Identifier: Apache-2.0
#include "registry/auth/token_authenticator.hpp"

#include "base/error.hpp"
#include "registry/auth/credentials.hpp"
#include "registry/auth/recent.hpp"

namespace strata::registry {
namespace {

using Clock = std::chrono::steady_clock;

class Bearer final : public Caller {
public:
    Bearer(Claims claims, std::shared_ptr<const AccessRules> rules)
        : claims_{std::move(claims)}, rules_{std::move(rules)}
    {
    }
    const std::string& name() const noexcept override { return claims_.subject; }
    bool may(const Need& need) const override { return scopes_allow(claims_.access, need); }
    bool may_see(const std::string& repository) const override
    {
        const Need pull{.kind = Need::Kind::repository, .repository = repository};
        // Another issuer that grants the catalog grants all of it: there is nobody else to ask.
        return rules_ ? rules_->may(claims_.subject, pull)
                      : may({.kind = Need::Kind::catalog}) || may(pull);
    }

private:
    Claims claims_;
    std::shared_ptr<const AccessRules> rules_;
};

/// Without a token. Where the rules are ours, what they give to everybody is given at once.
class Anonymous final : public Caller {
public:
    explicit Anonymous(std::shared_ptr<const AccessRules> rules) : rules_{std::move(rules)} {}
    const std::string& name() const noexcept override { return name_; }
    bool may(const Need& need) const override { return rules_ && rules_->may("", need); }

private:
    std::string name_{};
    std::shared_ptr<const AccessRules> rules_;
};

class TokenAuthenticator final : public Authenticator {
public:
    TokenAuthenticator(TokenTrust trust, Realm realm, std::shared_ptr<const AccessRules> rules,
                       std::unique_ptr<Authenticator> passwords)
        : trust_{std::move(trust)}
        , realm_{std::move(realm)}
        , rules_{std::move(rules)}
        , passwords_{std::move(passwords)}
        , anonymous_{std::make_shared<Anonymous>(rules_)}
    {
    }

    CallerPtr recognize(const http::Request& request) override
    {
        const auto authorization = request.field("Authorization");
        if (!authorization) {
            return anonymous_;
        }
        if (const auto token = parse_bearer(*authorization)) {
            return recent_.find(secret_name(*token));
        }
        return passwords_ ? passwords_->recognize(request) : nullptr;
    }

    CallerPtr authenticate(const http::Request& request) override
    {
        if (CallerPtr known = recognize(request)) {
            return known;
        }
        const auto token = parse_bearer(request.field("Authorization").value_or(""));
        if (!token) {
            if (passwords_) {
                return passwords_->authenticate(request);
            }
            throw Error{Errc::unauthorized, "a token is needed"};
        }
        const Timestamp time = now();
        Claims claims = verify_token(*token, trust_, time);
        const auto until =
            Clock::now() + std::chrono::duration_cast<Clock::duration>(claims.expires - time);
        auto bearer = std::make_shared<const Bearer>(std::move(claims), rules_);
        recent_.put(secret_name(*token), bearer, until);
        return bearer;
    }

    std::string challenge(const http::Request& request, const std::vector<Need>& needs,
                          std::string_view error) const override
    {
        std::string text = "Bearer realm=" + quoted_parameter(realm_url(request)) +
                           ",service=" + quoted_parameter(realm_.service);
        if (const std::string scopes = scopes_for(needs); !scopes.empty()) {
            text += ",scope=" + quoted_parameter(scopes);
        }
        if (!error.empty()) {
            text += ",error=" + quoted_parameter(error);
        }
        return text;
    }

private:
    std::string realm_url(const http::Request& request) const
    {
        if (!realm_.url.empty()) {
            return realm_.url;
        }
        std::string origin = origin_of(request);
        if (realm_.assume_https && !request.field("X-Forwarded-Proto") &&
            origin.starts_with("http://")) {
            origin.replace(0, 4, "https");
        }
        return origin + realm_.path;
    }

    TokenTrust trust_;
    Realm realm_;
    std::shared_ptr<const AccessRules> rules_;
    std::unique_ptr<Authenticator> passwords_;
    CallerPtr anonymous_;
    RecentTable<Caller> recent_;
};

} // namespace

std::unique_ptr<Authenticator> make_token_authenticator(TokenTrust trust, Realm realm,
                                                        std::shared_ptr<const AccessRules> rules,
                                                        std::unique_ptr<Authenticator> passwords)
{
    return std::make_unique<TokenAuthenticator>(std::move(trust), std::move(realm),
                                                std::move(rules), std::move(passwords));
}

TokenTrust load_token_trust(const AuthConfig& config)
{
    TokenTrust trust{.issuer = config.issuer,
                     .service = config.service,
                     .algorithms = config.signing_algorithms};
    if (!config.root_cert_bundle.empty()) {
        trust.roots = parse_certificates(sys::read_small_file(config.root_cert_bundle),
                                         config.root_cert_bundle);
        for (const Certificate& root : trust.roots) {
            trust.add({.handle = public_key(root)});
        }
    }
    if (!config.jwks.empty()) {
        for (Key& key : parse_jwks(sys::read_small_file(config.jwks), config.jwks)) {
            trust.add(std::move(key));
        }
    }
    if (trust.keys.empty()) {
        throw Error{Errc::invalid_argument,
                    "auth.token: no key in rootcertbundle and jwks that could verify a token"};
    }
    return trust;
}

} // namespace strata::registry
