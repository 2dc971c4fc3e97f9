// SPDX-License-Identifier: Apache-2.0
#include "registry/auth/issuer.hpp"

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/strings.hpp"
#include "registry/auth/credentials.hpp"
#include "registry/auth/refresh_tokens.hpp"
#include "registry/auth/token.hpp"
#include "registry/names.hpp"
#include "sys/lock.hpp"
#include "sys/pending_file.hpp"

#include <boost/json.hpp>

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <optional>

namespace strata::registry {
namespace {

constexpr std::uint64_t kMaxForm = 64 << 10;

using Form = std::vector<std::pair<std::string, std::string>>;

std::string value_of(const Form& form, std::string_view name)
{
    const auto found = std::ranges::find(form, name, &std::pair<std::string, std::string>::first);
    return found == form.end() ? std::string{} : found->second;
}

/// All scopes that were asked for: the parameter may be repeated, and may hold several.
std::vector<Scope> scopes_of(const Form& form)
{
    std::string all;
    for (const auto& [name, value] : form) {
        if (name == "scope") {
            all += value + ' ';
        }
    }
    return parse_scopes(all);
}

/// What the rules give of what was asked for; nothing at all if that is nothing.
std::optional<Scope> granted(const Scope& asked, std::string_view user, const AccessRules& rules)
{
    Scope result{asked.type, asked.name, {}};
    const bool everything = std::ranges::count(asked.actions, "*") > 0;
    const auto wanted = [&](std::string_view action) {
        return everything || std::ranges::count(asked.actions, action) > 0;
    };
    if (asked.type == "repository" && is_repository_name(asked.name)) {
        for (const Action action : {Action::pull, Action::push, Action::remove}) {
            const Need need{Need::Kind::repository, asked.name, action};
            if (wanted(name_of(action)) && rules.may(user, need)) {
                result.actions.emplace_back(name_of(action));
            }
        }
    } else if (asked.type == "registry" && asked.name == "catalog") {
        for (const auto& [action, kind] :
             {std::pair{"*", Need::Kind::catalog}, std::pair{"search", Need::Kind::search}}) {
            if (std::ranges::count(asked.actions, action) > 0 && rules.may(user, {.kind = kind})) {
                result.actions.emplace_back(action);
            }
        }
    }
    return result.actions.empty() ? std::nullopt : std::optional{std::move(result)};
}

http::Response answer_with(std::uint16_t status, const boost::json::object& body)
{
    http::Response response{.status = status};
    response.field("Content-Type", "application/json").field("Cache-Control", "no-store");
    response.body = json::print(body);
    return response;
}

/// In the registry's form and in that of OAuth (RFC 6749 §5.2): clients read one or the other.
http::Response refusal(std::uint16_t status, std::string_view oauth_error, std::string_view why)
{
    const std::string_view code = status == 401 ? "UNAUTHORIZED" : "UNSUPPORTED";
    return answer_with(status,
                       {{"errors", {{{"code", code}, {"message", why}, {"detail", nullptr}}}},
                        {"error", oauth_error},
                        {"error_description", why},
                        {"details", why}});
}

class Issuer final : public TokenEndpoint {
public:
    Issuer(IssuerOptions options, KeyHandle key, std::shared_ptr<PasswordFile> passwords,
           std::shared_ptr<const AccessRules> rules)
        : options_{std::move(options)}
        , key_{std::move(key)}
        , key_id_{thumbprint(key_)}
        , passwords_{std::move(passwords)}
        , rules_{std::move(rules)}
        , refresh_tokens_{options_.root, options_.refresh_lifetime}
    {
    }

    const std::string& path() const noexcept override { return options_.path; }

    http::Response answer(const http::Request& request, http::Body& body) override
    {
        switch (request.method()) {
        case http::Method::get:
            return get(request);
        case http::Method::post:
            return post(request, body);
        default:
            return refusal(405, "invalid_request", "only GET and POST").field("Allow", "GET, POST");
        }
    }

private:
    http::Response get(const http::Request& request)
    {
        const auto query = http::parse_query(request.query());
        if (!query) {
            return refusal(400, "invalid_request", "the query is malformed");
        }
        if (!is_our_service(value_of(*query, "service"))) {
            return refusal(400, "invalid_request", "tokens for another service are not issued");
        }
        std::string user;
        if (const auto authorization = request.field("Authorization")) {
            const auto password = parse_basic(*authorization);
            if (!password || !passwords_->check(password->user, password->text)) {
                return unauthorized("invalid_client");
            }
            user = password->user;
        }
        const bool offline = value_of(*query, "offline_token") == "true";
        const std::string refresh_token =
            offline && !user.empty() ? new_refresh_token(user, value_of(*query, "client_id")) : "";
        return token_for(user, scopes_of(*query), refresh_token);
    }

    http::Response post(const http::Request& request, http::Body& body)
    {
        const std::string_view type = request.field("Content-Type").value_or("");
        if (!to_lower(type).starts_with("application/x-www-form-urlencoded")) {
            return refusal(400, "invalid_request", "expected application/x-www-form-urlencoded");
        }
        const auto form = http::parse_query(io::read_all(body, kMaxForm));
        if (!form) {
            return refusal(400, "invalid_request", "the form is malformed");
        }
        if (!is_our_service(value_of(*form, "service"))) {
            return refusal(400, "invalid_request", "tokens for another service are not issued");
        }
        const std::string grant = value_of(*form, "grant_type");
        if (grant == "password") {
            return with_password(*form);
        }
        if (grant == "refresh_token") {
            return with_refresh_token(*form);
        }
        return refusal(400, "unsupported_grant_type",
                       "grant_type must be password or refresh_token");
    }

    http::Response with_password(const Form& form)
    {
        const std::string user = value_of(form, "username");
        if (!passwords_->check(user, value_of(form, "password"))) {
            return unauthorized("invalid_grant");
        }
        const bool offline = value_of(form, "access_type") == "offline";
        return token_for(user, scopes_of(form),
                         offline ? new_refresh_token(user, value_of(form, "client_id")) : "");
    }

    http::Response with_refresh_token(const Form& form)
    {
        const std::string token = value_of(form, "refresh_token");
        const auto owner = refresh_tokens_.find(token);
        if (!owner || owner->service != options_.service) {
            return unauthorized("invalid_grant");
        }
        // Whoever was removed, or has another password now, has to log in again.
        if (passwords_->fingerprint(owner->subject) != owner->password) {
            refresh_tokens_.remove(token);
            return unauthorized("invalid_grant");
        }
        return token_for(owner->subject, scopes_of(form), token);
    }

    bool is_our_service(const std::string& service) const
    {
        return service.empty() || service == options_.service;
    }

    std::string new_refresh_token(const std::string& user, std::string_view client)
    {
        const auto fingerprint = passwords_->fingerprint(user);
        return fingerprint ? refresh_tokens_.create({user, options_.service, *fingerprint}, client)
                           : std::string{};
    }

    static http::Response unauthorized(std::string_view error)
    {
        return refusal(401, error, "authentication required");
    }

    http::Response token_for(const std::string& user, const std::vector<Scope>& asked,
                             const std::string& refresh_token) const
    {
        NewToken token{.issuer = options_.service,
                       .service = options_.service,
                       .subject = user,
                       .access = {},
                       .issued = now(),
                       .lifetime =
                           std::chrono::duration_cast<std::chrono::seconds>(options_.lifetime)};
        std::string scopes;
        for (const Scope& scope : asked) {
            if (auto allowed = granted(scope, user, *rules_)) {
                scopes += (scopes.empty() ? "" : " ") + print_scope(*allowed);
                token.access.push_back(*std::move(allowed));
            }
        }
        const std::string text = make_token(token, key_, key_id_);
        boost::json::object answer{{"token", text},
                                   {"access_token", text},
                                   {"expires_in", token.lifetime.count()},
                                   {"issued_at", format_rfc3339_seconds(token.issued)},
                                   {"scope", scopes}};
        if (!refresh_token.empty()) {
            answer["refresh_token"] = refresh_token;
        }
        return answer_with(200, answer);
    }

    IssuerOptions options_;
    KeyHandle key_;
    std::string key_id_;
    std::shared_ptr<PasswordFile> passwords_;
    std::shared_ptr<const AccessRules> rules_;
    RefreshTokens refresh_tokens_;
};

} // namespace

KeyHandle ensure_issuer_key(const std::string& root)
{
    const sys::Path file = sys::Path{root} / "token-key.pem";
    sys::ensure_folders(root);
    {
        const sys::Fd folder = sys::open_file(root, O_RDONLY | O_DIRECTORY);
        sys::lock(folder, sys::LockMode::exclusive); // two processes may begin at once
        if (!sys::find_status(file)) {
            sys::PendingFile pending = sys::PendingFile::create(root);
            sys::write_all(pending.fd(), print_private_key(make_ec_key()));
            pending.commit(file, 0600);
        }
    }
    return parse_private_key(sys::read_small_file(file), file.string());
}

std::unique_ptr<TokenEndpoint> make_issuer(IssuerOptions options, KeyHandle key,
                                           std::shared_ptr<PasswordFile> passwords,
                                           std::shared_ptr<const AccessRules> rules)
{
    return std::make_unique<Issuer>(std::move(options), std::move(key), std::move(passwords),
                                    std::move(rules));
}

} // namespace strata::registry
