// SPDX-License-Identifier: Apache-2.0
//
// Everything that comes with a request and says who is asking: credentials, tokens, scopes; and the
// files and fields of others that are believed: htpasswd, keys, challenges.
#include "base/error.hpp"
#include "registry/auth/credentials.hpp"
#include "registry/auth/htpasswd.hpp"
#include "registry/auth/keys.hpp"
#include "registry/auth/rules.hpp"
#include "registry/auth/scope.hpp"
#include "registry/auth/token.hpp"
#include "registry/proxy/upstream.hpp"

#include <cstdlib>
#include <string_view>

namespace {

using namespace strata;
using namespace strata::registry;

template <typename Body>
void ignoring_refusal(Body&& body)
{
    try {
        body();
    } catch (const Error&) {
    }
}

const TokenTrust& trust()
{
    static const TokenTrust known = [] {
        TokenTrust made{.issuer = "i", .service = "s"};
        made.add({.handle = make_ec_key(), .id = "k"});
        made.add({.handle = nullptr, .id = "h", .secret = "secret"});
        return made;
    }();
    return known;
}

/// A token that nobody signed must never be believed, whatever it says.
void check_token(std::string_view text)
{
    try {
        verify_token(text, trust(), Timestamp{std::chrono::seconds{1}});
    } catch (const Error& error) {
        if (error.code() != Errc::unauthorized) {
            std::abort();
        }
        return;
    }
    std::abort();
}

/// What is printed is read as the same thing.
void check_scope(std::string_view text)
{
    const auto scope = parse_scope(text);
    if (scope && parse_scope(print_scope(*scope)) != scope) {
        std::abort();
    }
    parse_scopes(text);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    check_token(text);
    check_scope(text);
    parse_basic(text);
    parse_bearer(text);
    ignoring_refusal([&] { Htpasswd::parse(text, "fuzz"); });
    ignoring_refusal([&] { parse_jwks(text, "fuzz"); });
    ignoring_refusal([&] { parse_certificates(text, "fuzz"); });
    Challenge::parse(text);
    if (RepositoryPattern::is_valid(text)) {
        RepositoryPattern::matches(text, "team/app/x", "ada");
    }
    check_bcrypt(text.substr(0, 20), "x"); // too short to be one: never slow
    return 0;
}
