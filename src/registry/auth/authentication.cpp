// SPDX-License-Identifier: Apache-2.0
#include "registry/auth/authentication.hpp"

#include "registry/auth/credentials.hpp"
#include "registry/auth/issuer.hpp"
#include "registry/auth/token_authenticator.hpp"

namespace strata::registry {
namespace {

/// Believes whoever says anything at all: for trying clients out.
class SillyAuthenticator final : public Authenticator {
public:
    SillyAuthenticator(std::string realm, std::string service)
        : realm_{std::move(realm)}, service_{std::move(service)}
    {
    }
    CallerPtr recognize(const http::Request& request) override
    {
        return request.field("Authorization") ? somebody_ : nobody_;
    }
    CallerPtr authenticate(const http::Request& request) override { return recognize(request); }
    std::string challenge(const http::Request&, const std::vector<Need>& needs,
                          std::string_view) const override
    {
        const std::string scopes = scopes_for(needs);
        return "Bearer realm=" + quoted_parameter(realm_) +
               ",service=" + quoted_parameter(service_) +
               (scopes.empty() ? "" : ",scope=" + quoted_parameter(scopes));
    }

private:
    class Anyone final : public Caller {
    public:
        Anyone(std::string name, bool may) : name_{std::move(name)}, may_{may} {}
        const std::string& name() const noexcept override { return name_; }
        bool may(const Need&) const override { return may_; }

    private:
        std::string name_;
        bool may_;
    };

    std::string realm_;
    std::string service_;
    CallerPtr somebody_ = std::make_shared<Anyone>("silly", true);
    CallerPtr nobody_ = std::make_shared<Anyone>("", false);
};

Authentication with_passwords(const Config& config, const std::string& root, Notice notice)
{
    const auto rules = std::make_shared<const AccessRules>(config.access);
    const auto passwords = std::make_shared<PasswordFile>(
        config.auth.path, PasswordFile::Options{.notice = std::move(notice)});
    auto basic = make_htpasswd_authenticator(config.auth.realm, passwords, rules);
    if (!config.issuer.enabled) {
        return {.authenticator = std::move(basic), .issuer = nullptr};
    }
    const std::string service =
        config.issuer.service.empty() ? std::string{"strata-registry"} : config.issuer.service;
    const KeyHandle key = ensure_issuer_key(root);
    TokenTrust trust{.issuer = service, .service = service, .algorithms = {"ES256"}};
    trust.add({.handle = key});
    Realm realm{.url = config.issuer.realm, .path = config.issuer.path, .service = service};
    if (realm.url.empty() && !config.http.host.empty()) {
        realm.url = config.http.host + config.issuer.path;
    }
    return {.authenticator = make_token_authenticator(std::move(trust), std::move(realm), rules,
                                                      std::move(basic)),
            .issuer = make_issuer({.root = root,
                                   .path = config.issuer.path,
                                   .service = service,
                                   .lifetime = config.issuer.lifetime,
                                   .refresh_lifetime = config.issuer.refresh_lifetime},
                                  key, passwords, rules)};
}

} // namespace

Authentication make_authentication(const Config& config, const std::string& root, Notice notice)
{
    using Kind = AuthConfig::Kind;
    const AuthConfig& auth = config.auth;
    switch (auth.kind) {
    case Kind::none:
        break;
    case Kind::silly:
        return {.authenticator = std::make_shared<SillyAuthenticator>(auth.realm, auth.service),
                .issuer = nullptr};
    case Kind::htpasswd:
        return with_passwords(config, root, std::move(notice));
    case Kind::token:
        return {.authenticator = make_token_authenticator(
                    load_token_trust(auth), {.url = auth.auto_redirect ? "" : auth.realm,
                                             .path = auth.auto_redirect_path,
                                             .assume_https = true,
                                             .service = auth.service}),
                .issuer = nullptr};
    }
    return {.authenticator = make_open_authenticator(), .issuer = nullptr};
}

} // namespace strata::registry
