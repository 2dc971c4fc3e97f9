// SPDX-License-Identifier: Apache-2.0
#include "base/base64.hpp"
#include "base/json.hpp"
#include "registry/auth/crypto.hpp"
#include "registry/auth/issuer.hpp"
#include "registry/auth/token.hpp"
#include "registry/auth/token_authenticator.hpp"
#include "registry/testing/fake_request.hpp"
#include "testing/errors.hpp"
#include "testing/run_program.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>

namespace strata::registry {
namespace {

using namespace std::chrono_literals;
using registry::testing::FakeRequest;
using strata::testing::FailsWith;
using strata::testing::run_program;
using strata::testing::TempDir;
using ::testing::HasSubstr;

constexpr Need::Kind kRepository = Need::Kind::repository;

Timestamp at(std::int64_t seconds)
{
    return Timestamp{std::chrono::seconds{seconds}};
}

/// Distribution's own example of a token (its "Token Authentication Implementation") and the key to
/// it. The signature there is over other claims, so this one was made with the private key there.
constexpr const char* kExampleKey =
    R"({"kty":"EC","crv":"P-256","kid":"PYYO:TEWU:V7JH:26JV:AQTZ:LJC3:SXVJ:XGHA:34F2:2LAQ:ZRMK:Z7Q6",)"
    R"("x":"m7zUpx3b-zmVE5cymSs64POG9QcyEpJaYCD82-549_Q","y":"dU3biz8sZ_8GPB-odm8Wxz3lNDr1xcAQQPQaOcr1fmc"})";
constexpr const char* kExampleToken =
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiIsImtpZCI6IlBZWU86VEVXVTpWN0pIOjI2SlY6QVFUWjpMSkMzOlNYVko6"
    "WEdIQTozNEYyOjJMQVE6WlJNSzpaN1E2In0."
    "eyJpc3MiOiJhdXRoLmRvY2tlci5jb20iLCJzdWIiOiJqbGhhd24iLCJhdWQiOiJyZWdpc3RyeS5kb2NrZXIuY29tIiwi"
    "ZXhwIjoxNDE1Mzg3MzE1LCJuYmYiOjE0MTUzODcwMTUsImlhdCI6MTQxNTM4NzAxNSwianRpIjoidFlKQ08xYzZjbnl5"
    "N2tBbjBjN3JLUGdiVjFIMWJGd3MiLCJhY2Nlc3MiOlt7InR5cGUiOiJyZXBvc2l0b3J5IiwibmFtZSI6InNhbWFsYmEv"
    "bXktYXBwIiwiYWN0aW9ucyI6WyJwdXNoIl19XX0."
    "Rxw-dYxJBChbun5TEY7Q9SSt6wdX0lvS-Oew1236cUxZcCI283M-YxKtAIyqSGlY3LWwxII4CBPt1m-NNpkMwA";

TokenTrust example_trust()
{
    TokenTrust trust{.issuer = "auth.docker.com", .service = "registry.docker.com"};
    trust.add(parse_jwk(kExampleKey));
    return trust;
}

TEST(Token, OfDistributionsDocumentationIsVerified)
{
    const Claims claims = verify_token(kExampleToken, example_trust(), at(1415387100));

    EXPECT_EQ(claims.subject, "jlhawn");
    ASSERT_EQ(claims.access.size(), 1U);
    EXPECT_TRUE(scopes_allow(claims.access, {kRepository, "samalba/my-app", Action::push}));
    EXPECT_FALSE(scopes_allow(claims.access, {kRepository, "samalba/my-app", Action::pull}));
    EXPECT_FALSE(scopes_allow(claims.access, {kRepository, "samalba/other", Action::push}));
}

TEST(Token, IsRefusedBeforeAndAfterItsTimeWithAMinuteToSpare)
{
    const auto on = [](std::int64_t seconds) {
        return [seconds] { verify_token(kExampleToken, example_trust(), at(seconds)); };
    };

    EXPECT_NO_THROW(on(1415387015 - 59)());
    EXPECT_NO_THROW(on(1415387315 + 59)());
    EXPECT_THAT(on(1415387015 - 61), FailsWith(Errc::unauthorized, HasSubstr("not valid yet")));
    EXPECT_THAT(on(1415387315 + 61), FailsWith(Errc::unauthorized, HasSubstr("expired")));
}

TEST(Token, IsRefusedForAnotherIssuerServiceOrKey)
{
    const auto with = [](auto change) {
        TokenTrust trust = example_trust();
        change(trust);
        return [trust] { verify_token(kExampleToken, trust, at(1415387100)); };
    };

    EXPECT_THAT(with([](auto& trust) { trust.issuer = "x"; }), FailsWith(Errc::unauthorized));
    EXPECT_THAT(with([](auto& trust) { trust.service = "x"; }), FailsWith(Errc::unauthorized));
    EXPECT_THAT(with([](auto& trust) { trust.algorithms = {"RS256"}; }),
                FailsWith(Errc::unauthorized, HasSubstr("ES256")));
    EXPECT_THAT(with([](auto& trust) {
                    trust = {.issuer = "auth.docker.com", .service = "registry.docker.com"};
                    trust.add({.handle = make_ec_key()});
                }),
                FailsWith(Errc::unauthorized, HasSubstr("unknown key")));
}

TEST(Token, IsRefusedWhenAnyOfItsBytesIsAnother)
{
    const std::string token = kExampleToken;
    for (std::size_t i = 0; i < token.size(); i += 7) {
        std::string changed = token;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_THAT([&] { verify_token(changed, example_trust(), at(1415387100)); },
                    FailsWith(Errc::unauthorized))
            << i;
    }
    for (const std::string& text :
         {std::string{}, std::string{"."}, std::string{".."}, std::string{"a.b.c"},
          std::string{"e30.e30."}, token + ".x", std::string(100'000, 'A')}) {
        EXPECT_THAT([&] { verify_token(text, example_trust(), at(1415387100)); },
                    FailsWith(Errc::unauthorized));
    }
}

/// Signs with the openssl program, so that the two ways of signing are not ours both.
class SignedElsewhere : public ::testing::Test {
protected:
    std::string openssl(const std::vector<std::string>& arguments)
    {
        std::vector<std::string> all{"openssl"};
        all.insert(all.end(), arguments.begin(), arguments.end());
        const auto result = run_program(all);
        EXPECT_EQ(result.status, 0) << result.output;
        return result.output;
    }

    std::string path(const char* name) { return (folder_ / name).string(); }

    void make_key(const std::vector<std::string>& options)
    {
        std::vector<std::string> arguments{"genpkey", "-out", path("key.pem")};
        arguments.insert(arguments.end(), options.begin(), options.end());
        openssl(arguments);
        openssl({"req", "-x509", "-new", "-key", path("key.pem"), "-out", path("cert.pem"), "-subj",
                 "/CN=issuer", "-days", "2"});
    }

    static std::string claims(const std::string& audience = R"("service")")
    {
        return R"j({"iss":"issuer","sub":"ada","aud":)j" + audience +
               R"j(,"exp":2000,"nbf":1000.5,"access":[{"type":"repository(plugin)",)j"
               R"j("name":"a/b","actions":["pull","*"]}]})j";
    }

    /// `sign` are the options of `openssl dgst` or `pkeyutl` that make the signature.
    std::string sign(const std::string& header, const std::string& body,
                     const std::vector<std::string>& options)
    {
        const std::string text = encode_base64url(header) + '.' + encode_base64url(body);
        sys::write_all(sys::open_file(path("text"), O_WRONLY | O_CREAT | O_TRUNC, 0600), text);
        openssl(options);
        return text + '.' + encode_base64url(sys::read_small_file(path("signature")));
    }

    TokenTrust trust()
    {
        return load_token_trust(
            {.service = "service", .issuer = "issuer", .root_cert_bundle = path("cert.pem")});
    }

    std::string key_id()
    {
        return thumbprint(
            public_key(parse_certificates(sys::read_small_file(path("cert.pem")), "cert")[0]));
    }

    TempDir folder_;
};

TEST_F(SignedElsewhere, Rs256IsVerifiedByThumbprintOrLibtrustFingerprint)
{
    make_key({"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"});
    const std::vector<std::string> how{"dgst", "-sha256",         "-sign",     path("key.pem"),
                                       "-out", path("signature"), path("text")};
    const KeyHandle key =
        public_key(parse_certificates(sys::read_small_file(path("cert.pem")), "cert")[0]);

    for (const std::string& id : {thumbprint(key), libtrust_fingerprint(key)}) {
        const std::string token =
            sign(R"({"typ":"JWT","alg":"RS256","kid":")" + id + R"("})", claims(), how);
        EXPECT_EQ(verify_token(token, trust(), at(1500)).subject, "ada");
    }
    const std::string wrong_algorithm =
        sign(R"({"alg":"RS512","kid":")" + thumbprint(key) + R"("})", claims(), how);
    EXPECT_THAT([&] { verify_token(wrong_algorithm, trust(), at(1500)); },
                FailsWith(Errc::unauthorized, HasSubstr("signature")));
}

TEST_F(SignedElsewhere, Ps256AndListsOfAudiences)
{
    make_key({"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"});
    const std::string token =
        sign(R"({"alg":"PS256","kid":")" + key_id() + R"("})", claims(R"(["x","service"])"),
             {"dgst", "-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32",
              "-sign", path("key.pem"), "-out", path("signature"), path("text")});

    const Claims claims = verify_token(token, trust(), at(1500));

    EXPECT_TRUE(scopes_allow(claims.access, {kRepository, "a/b", Action::remove})); // by its "*"
}

TEST_F(SignedElsewhere, EdDsa)
{
    make_key({"-algorithm", "ED25519"});
    const std::string token = sign(R"({"alg":"EdDSA","kid":")" + key_id() + R"("})", claims(),
                                   {"pkeyutl", "-sign", "-rawin", "-inkey", path("key.pem"), "-in",
                                    path("text"), "-out", path("signature")});

    EXPECT_EQ(verify_token(token, trust(), at(1500)).subject, "ada");
}

TEST_F(SignedElsewhere, ACertificateChainIsTrustedIfItLeadsToTheBundle)
{
    make_key({"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"});
    openssl({"genpkey", "-algorithm", "RSA", "-out", path("leaf.pem")});
    openssl(
        {"req", "-new", "-key", path("leaf.pem"), "-subj", "/CN=leaf", "-out", path("leaf.csr")});
    openssl({"x509", "-req", "-in", path("leaf.csr"), "-CA", path("cert.pem"), "-CAkey",
             path("key.pem"), "-CAcreateserial", "-out", path("leaf.der"), "-outform", "DER"});
    const std::string header = R"({"alg":"RS256","x5c":[")" +
                               encode_base64(sys::read_small_file(path("leaf.der"))) + R"("]})";
    const std::string token = sign(
        header, claims(),
        {"dgst", "-sha256", "-sign", path("leaf.pem"), "-out", path("signature"), path("text")});

    EXPECT_EQ(verify_token(token, trust(), at(1500)).subject, "ada");

    make_key({"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"}); // others are trusted now
    EXPECT_THAT([&] { verify_token(token, trust(), at(1500)); },
                FailsWith(Errc::unauthorized, HasSubstr("chain is not trusted")));
}

TEST(Token, SignedWithASharedSecretNeedsASecretKey)
{
    // {"alg":"HS256","kid":"k"} with the key "secret-secret-secret-secret-1234".
    TokenTrust trust{.issuer = "issuer", .service = "service"};
    for (Key& key : parse_jwks(R"({"keys":[{"kty":"oct","kid":"k","k":")" +
                                   encode_base64url("secret-secret-secret-secret-1234") + R"("}]})",
                               "jwks")) {
        trust.add(std::move(key));
    }
    const std::string text = encode_base64url(R"({"alg":"HS256","kid":"k"})") + '.' +
                             encode_base64url(R"({"iss":"issuer","aud":"service","exp":2000})");

    EXPECT_THAT([&] { verify_token(text + '.' + encode_base64url("x"), trust, at(1500)); },
                FailsWith(Errc::unauthorized, HasSubstr("signature")));
    EXPECT_THAT([&] { verify_token(text + '.', trust, at(1500)); }, FailsWith(Errc::unauthorized));

    // The name of a public key does not make it a secret: alg is bound to the key's kind.
    TokenTrust with_public_key = example_trust();
    const std::string forged =
        encode_base64url(
            R"({"alg":"HS256","kid":"PYYO:TEWU:V7JH:26JV:AQTZ:LJC3:SXVJ:XGHA:34F2:2LAQ:ZRMK:Z7Q6"})") +
        ".e30." + encode_base64url("x");
    EXPECT_THAT([&] { verify_token(forged, with_public_key, at(1500)); },
                FailsWith(Errc::unauthorized, HasSubstr("signature")));
    const std::string none = encode_base64url(R"({"alg":"none","kid":"k"})") + ".e30.";
    EXPECT_THAT([&] { verify_token(none, trust, at(1500)); }, FailsWith(Errc::unauthorized));
}

TEST(Thumbprint, IsThatOfTheStandardsExample)
{
    const Key key = parse_jwk(
        R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB"})");

    EXPECT_EQ(thumbprint(key.handle), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

TEST(Scope, IsTakenApartFromBothEnds)
{
    const Scope scope =
        parse_scope("repository(plugin):host.example:5000/a/b:pull,push,pull").value();

    EXPECT_EQ(scope.type, "repository");
    EXPECT_EQ(scope.name, "host.example:5000/a/b");
    EXPECT_EQ(print_scope(scope), "repository:host.example:5000/a/b:pull,push");
    EXPECT_EQ(print_scope(parse_scope("registry:catalog:*").value()), "registry:catalog:*");
    for (const char* const bad : {"", "repository", "repository:a", ":a:pull", "repository::pull",
                                  "Repository:a:pull", "repository:a b:pull", "repository:a:PULL",
                                  "repository(:a:pull", "repository():a:pull"}) {
        EXPECT_FALSE(parse_scope(bad)) << bad;
    }
    EXPECT_EQ(parse_scopes(" repository:a:pull  junk registry:catalog:* ").size(), 2U);
}

// --- the issuer ----------------------------------------------------------------------------------

class IssuerTest : public ::testing::Test {
protected:
    IssuerTest()
    {
        sys::write_all(sys::open_file(folder_ / "htpasswd", O_WRONLY | O_CREAT, 0600),
                       "ada:" + make_bcrypt("secret", 4) + "\n");
        config_.auth = {.kind = AuthConfig::Kind::htpasswd,
                        .realm = "r",
                        .path = (folder_ / "htpasswd").string()};
        config_.issuer = {.enabled = true, .service = "registry.example.com"};
        config_.access = {
            .rules = {{.repositories = {"public/**"}, .anonymous = true, .actions = {"pull"}},
                      {.repositories = {"ada/**"}, .users = {"ada"}, .actions = {"pull", "push"}}},
            .restricted = true};
        reopen();
    }

    void reopen() { authentication_ = make_authentication(config_, folder_.path().string(), {}); }

    boost::json::object answer(const FakeRequest& request, std::string_view form = {},
                               int status = 200)
    {
        io::MemorySource body{form};
        const http::Response response = authentication_.issuer->answer(request, body);
        EXPECT_EQ(response.status, status);
        return boost::json::parse(std::get<std::string>(response.body)).as_object();
    }

    boost::json::object get(const std::string& query, const std::string& credentials = {},
                            int status = 200)
    {
        std::vector<http::Field> fields;
        if (!credentials.empty()) {
            fields.push_back({"Authorization", "Basic " + encode_base64(credentials)});
        }
        return answer(FakeRequest{http::Method::get, "/token", query, fields}, {}, status);
    }

    boost::json::object post(const std::string& form, int status = 200)
    {
        return answer(FakeRequest{http::Method::post,
                                  "/token",
                                  "",
                                  {{"Content-Type", "application/x-www-form-urlencoded"}}},
                      form, status);
    }

    CallerPtr caller(const boost::json::object& answer)
    {
        const std::string token{answer.at("token").as_string()};
        return authentication_.authenticator->authenticate(
            FakeRequest{{{"Authorization", "Bearer " + token}}});
    }

    static std::string text(const boost::json::object& object, std::string_view key)
    {
        return std::string{object.at(key).as_string()};
    }

    TempDir folder_;
    Config config_;
    Authentication authentication_;
};

TEST_F(IssuerTest, GivesWhatTheRulesGiveAndNoMore)
{
    const auto granted = get("service=registry.example.com&scope=repository:ada/a:pull,push,delete"
                             "&scope=repository:eve/b:pull&scope=registry:catalog:*",
                             "ada:secret");

    EXPECT_EQ(text(granted, "scope"), "repository:ada/a:pull,push registry:catalog:*");
    EXPECT_EQ(granted.at("token"), granted.at("access_token"));
    EXPECT_EQ(granted.at("expires_in").to_number<int>(), 300);
    EXPECT_FALSE(granted.contains("refresh_token"));
    const CallerPtr ada = caller(granted);
    EXPECT_EQ(ada->name(), "ada");
    EXPECT_TRUE(ada->may({}));
    EXPECT_TRUE(ada->may({kRepository, "ada/a", Action::push}));
    EXPECT_FALSE(ada->may({kRepository, "ada/a", Action::remove}));
    EXPECT_FALSE(ada->may({kRepository, "ada/other", Action::pull})); // not asked for
    EXPECT_TRUE(ada->may({.kind = Need::Kind::catalog}));
    EXPECT_TRUE(ada->may_see("ada/other"));
    EXPECT_FALSE(ada->may_see("eve/b"));
}

TEST_F(IssuerTest, GivesAnonymousTokensForWhatEverybodyMay)
{
    const CallerPtr anyone =
        caller(get("scope=repository:public/a:pull,push&scope=repository:ada/a:pull"));

    EXPECT_EQ(anyone->name(), "");
    EXPECT_TRUE(anyone->may({kRepository, "public/a", Action::pull}));
    EXPECT_FALSE(anyone->may({kRepository, "public/a", Action::push}));
    EXPECT_FALSE(anyone->may({kRepository, "ada/a", Action::pull}));
}

TEST_F(IssuerTest, RefusesWrongPasswordsAndOtherServices)
{
    get("scope=repository:ada/a:pull", "ada:wrong", 401);
    get("scope=repository:ada/a:pull", "nobody:secret", 401);
    get("service=other", {}, 400);
    post("grant_type=password&username=ada&password=wrong", 401);
    post("grant_type=refresh_token&refresh_token=x", 401);
    post("grant_type=client_credentials", 400);
}

TEST_F(IssuerTest, RefreshTokensOutliveTheProcessButNotThePassword)
{
    const auto first = post("grant_type=password&username=ada&password=secret&access_type=offline"
                            "&client_id=docker&service=registry.example.com"
                            "&scope=repository%3Aada%2Fa%3Apull%20repository%3Apublic%2Fb%3Apull");
    EXPECT_EQ(text(first, "scope"), "repository:ada/a:pull repository:public/b:pull");
    const std::string refresh = text(first, "refresh_token");
    reopen();

    const auto second =
        post("grant_type=refresh_token&refresh_token=" + refresh + "&scope=repository:ada/a:push");
    EXPECT_EQ(text(second, "refresh_token"), refresh);
    EXPECT_TRUE(caller(second)->may({kRepository, "ada/a", Action::push}));
    EXPECT_NO_THROW(caller(first)); // the key is still the same

    sys::write_all(sys::open_file(folder_ / "htpasswd", O_WRONLY | O_TRUNC, 0600),
                   "ada:" + make_bcrypt("changed", 4) + "\n");
    reopen();
    post("grant_type=refresh_token&refresh_token=" + refresh, 401);
}

TEST_F(IssuerTest, KeepsOnlyHashesOfRefreshTokens)
{
    const std::string refresh =
        text(get("offline_token=true&client_id=x", "ada:secret"), "refresh_token");

    for (const char* const file : {"tokens.db", "tokens.db-wal"}) {
        if (sys::find_status(folder_ / file)) {
            EXPECT_EQ(sys::read_small_file(folder_ / file).find(refresh), std::string::npos);
        }
    }
    EXPECT_FALSE(get("offline_token=true").contains("refresh_token")); // anonymous
}

TEST_F(IssuerTest, ChallengesPointAtItOnTheHostThatWasAsked)
{
    const std::vector<Need> needs{{kRepository, "a", Action::pull},
                                  {kRepository, "a", Action::push},
                                  {kRepository, "b", Action::pull}};
    const Authenticator& authenticator = *authentication_.authenticator;

    EXPECT_EQ(authenticator.challenge(FakeRequest{}, {{}}, ""),
              R"(Bearer realm="http://registry.example.com:5000/token",)"
              R"(service="registry.example.com")");
    EXPECT_EQ(authenticator.challenge(FakeRequest{{{"Host", "inside"},
                                                   {"X-Forwarded-Proto", "https"},
                                                   {"X-Forwarded-Host", "outside"}}},
                                      needs, "insufficient_scope"),
              R"(Bearer realm="https://outside/token",service="registry.example.com",)"
              R"(scope="repository:a:pull,push repository:b:pull",error="insufficient_scope")");
    EXPECT_THAT(
        authenticator.challenge(
            FakeRequest{{{"Forwarded", "proto=https;host=\"f:1\""}, {"Host", "inside"}}}, {}, ""),
        HasSubstr(R"(realm="https://f:1/token")"));
    EXPECT_THAT(authenticator.challenge(FakeRequest{{{"Host", "a\"b"}}}, {}, ""),
                HasSubstr(R"(realm="/token")"));
}

TEST_F(IssuerTest, TakesBasicAsWell)
{
    const CallerPtr ada = authentication_.authenticator->authenticate(
        FakeRequest{{{"Authorization", "Basic " + encode_base64("ada:secret")}}});

    EXPECT_TRUE(ada->may({kRepository, "ada/x", Action::push}));
    EXPECT_THAT(
        [&] {
            authentication_.authenticator->authenticate(
                FakeRequest{{{"Authorization", "Bearer x.y.z"}}});
        },
        FailsWith(Errc::unauthorized));
    EXPECT_THAT(
        [&] {
            authentication_.authenticator->authenticate(
                FakeRequest{{{"Authorization", "Digest x"}}});
        },
        FailsWith(Errc::unauthorized));
}

TEST_F(IssuerTest, ATokenIsRecognizedOnceItWasVerified)
{
    const std::string token = text(get("", "ada:secret"), "token");
    const FakeRequest request{{{"Authorization", "Bearer " + token}}};

    EXPECT_EQ(authentication_.authenticator->recognize(request), nullptr);
    authentication_.authenticator->authenticate(request);
    EXPECT_NE(authentication_.authenticator->recognize(request), nullptr);
}

} // namespace
} // namespace strata::registry
