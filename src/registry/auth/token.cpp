// SPDX-License-Identifier: Apache-2.0
#include "registry/auth/token.hpp"

#include "base/error.hpp"
#include "base/json.hpp"
#include "registry/auth/crypto.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <cmath>
#include <optional>

namespace strata::registry {
namespace {

constexpr std::size_t kMaxToken = 32 << 10;
constexpr std::chrono::seconds kLeeway{60};
constexpr json::ParseOptions kLimits{.max_bytes = kMaxToken, .max_depth = 16};

[[noreturn]] void refuse(std::string_view why)
{
    throw Error{Errc::unauthorized, fmt::format("invalid token: {}", why)};
}

struct Parts {
    std::string_view signed_text; // header and claims
    std::string header;
    std::string claims;
    std::string signature;
};

Parts take_apart(std::string_view token)
{
    const std::size_t first = token.find('.');
    const std::size_t second = first == token.npos ? token.npos : token.find('.', first + 1);
    if (token.size() > kMaxToken || second == token.npos ||
        token.find('.', second + 1) != token.npos) {
        refuse("not a JSON Web Token");
    }
    auto header = decode_base64url(token.substr(0, first));
    auto claims = decode_base64url(token.substr(first + 1, second - first - 1));
    auto signature = decode_base64url(token.substr(second + 1));
    if (!header || !claims || !signature) {
        refuse("not base64url");
    }
    return {token.substr(0, second), *std::move(header), *std::move(claims), *std::move(signature)};
}

/// Seconds since the epoch, whole or not (NumericDate); nothing if it is absent.
std::optional<Timestamp> find_time(const json::Field& claims, std::string_view name)
{
    const auto field = claims.find(name);
    if (!field) {
        return std::nullopt;
    }
    double seconds = 0;
    if (field->value().is_double()) {
        seconds = field->value().get_double();
    } else {
        seconds = static_cast<double>(field->integer());
    }
    constexpr double kMost = 9e9; // the year 2255
    if (!std::isfinite(seconds) || seconds < 0) {
        field->refuse("expected a time");
    }
    return Timestamp{std::chrono::duration_cast<Timestamp::duration>(
        std::chrono::duration<double>{std::min(seconds, kMost)})};
}

/// The key that a token's header points at, if we trust it: its certificate chain, then its own
/// key, then its name, as Distribution asks for them.
Key key_for(const json::Field& header, const TokenTrust& trust)
{
    if (header.has("x5c")) {
        KeyHandle leaf = verified_leaf(header.get("x5c").strings(), trust.roots);
        if (!leaf) {
            refuse("its certificate chain is not trusted");
        }
        return {.handle = std::move(leaf)};
    }
    if (const auto jwk = header.find("jwk")) {
        const Key given = parse_jwk(json::print(jwk->value()));
        const Key* const trusted = given.handle ? trust.find(thumbprint(given.handle)) : nullptr;
        if (trusted == nullptr) {
            refuse("its key is not trusted");
        }
        return *trusted;
    }
    const Key* const named = trust.find(header.string_or("kid"));
    if (named == nullptr) {
        refuse("it is signed by an unknown key");
    }
    return *named;
}

void check_signature(const Parts& parts, const TokenTrust& trust)
{
    const boost::json::value document = json::parse(parts.header, "token header", kLimits);
    const json::Field header{document, "token header"};
    const std::string algorithm = header.get("alg").string();
    if (!trust.algorithms.empty() &&
        std::ranges::find(trust.algorithms, algorithm) == trust.algorithms.end()) {
        refuse(fmt::format("algorithm '{}' is not accepted", algorithm));
    }
    if (header.has("crit")) {
        refuse("it asks for an extension that is not known");
    }
    if (!verify_signature(algorithm, key_for(header, trust), parts.signed_text, parts.signature)) {
        refuse("its signature is wrong");
    }
}

bool is_for(const json::Field& claims, const std::string& service)
{
    const auto audience = claims.find("aud");
    if (!audience) {
        return false;
    }
    if (audience->is_string()) {
        return audience->string() == service;
    }
    return std::ranges::count(audience->strings(), service) > 0;
}

std::vector<Scope> access_of(const json::Field& claims)
{
    std::vector<Scope> access;
    const auto list = claims.find("access");
    if (!list) {
        return access;
    }
    for (const json::Field& entry : list->elements()) {
        std::string type = entry.string_or("type");
        type = type.substr(0, type.find('(')); // a class means nothing any more
        access.push_back(
            {std::move(type), entry.string_or("name"), entry.strings_or_none("actions")});
    }
    return access;
}

Claims check_claims(const Parts& parts, const TokenTrust& trust, Timestamp now)
{
    const boost::json::value document = json::parse(parts.claims, "token", kLimits);
    const json::Field claims{document, "token"};
    if (claims.string_or("iss") != trust.issuer) {
        refuse("it is of another issuer");
    }
    if (!is_for(claims, trust.service)) {
        refuse("it is for another service");
    }
    const auto expires = find_time(claims, "exp");
    if (!expires || now > *expires + kLeeway) {
        refuse("it has expired");
    }
    if (const auto begins = find_time(claims, "nbf"); begins && now + kLeeway < *begins) {
        refuse("it is not valid yet");
    }
    return {claims.string_or("sub"), access_of(claims), *expires + kLeeway};
}

} // namespace

const Key* TokenTrust::find(std::string_view id) const noexcept
{
    const auto found = std::ranges::find(names, id, &std::pair<std::string, std::size_t>::first);
    return id.empty() || found == names.end() ? nullptr : &keys[found->second];
}

void TokenTrust::add(Key key)
{
    if (!key.id.empty()) {
        names.emplace_back(key.id, keys.size());
    }
    if (key.handle) {
        names.emplace_back(thumbprint(key.handle), keys.size());
        names.emplace_back(libtrust_fingerprint(key.handle), keys.size());
    }
    keys.push_back(std::move(key));
}

Claims verify_token(std::string_view token, const TokenTrust& trust, Timestamp now)
{
    try {
        const Parts parts = take_apart(token);
        check_signature(parts, trust);
        return check_claims(parts, trust, now);
    } catch (const Error& error) {
        switch (error.code()) {
        case Errc::corrupt:
        case Errc::unsupported:
        case Errc::exhausted:
            refuse(error.message());
        default:
            throw;
        }
    }
}

std::string make_token(const NewToken& token, const KeyHandle& key, std::string_view key_id)
{
    const auto seconds = [](Timestamp time) {
        return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
    };
    boost::json::array access;
    for (const Scope& scope : token.access) {
        boost::json::array actions;
        for (const std::string& action : scope.actions) {
            actions.emplace_back(action);
        }
        access.push_back(
            {{"type", scope.type}, {"name", scope.name}, {"actions", std::move(actions)}});
    }
    const boost::json::object header{{"typ", "JWT"}, {"alg", "ES256"}, {"kid", key_id}};
    const boost::json::object claims{
        {"iss", token.issuer},          {"sub", token.subject},
        {"aud", token.service},         {"exp", seconds(token.issued + token.lifetime)},
        {"nbf", seconds(token.issued)}, {"iat", seconds(token.issued)},
        {"jti", random_secret(16)},     {"access", std::move(access)}};
    std::string text =
        encode_base64url(json::print(header)) + '.' + encode_base64url(json::print(claims));
    const std::string signature = sign_es256(key, text);
    return text + '.' + encode_base64url(signature);
}

} // namespace strata::registry
