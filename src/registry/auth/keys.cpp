// SPDX-License-Identifier: Apache-2.0
#include "registry/auth/keys.hpp"

#include "base/base64.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/strings.hpp"
#include "registry/auth/crypto.hpp"

#include <boost/json.hpp>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <array>

namespace strata::registry {
namespace {

template <auto Free>
struct Freed {
    template <typename T>
    void operator()(T* object) const noexcept
    {
        Free(object);
    }
};
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using Memory = std::unique_ptr<BIO, Freed<BIO_free>>;
using Store = std::unique_ptr<X509_STORE, Freed<X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Freed<X509_STORE_CTX_free>>;

KeyHandle own(EVP_PKEY* key)
{
    return {key, [](EVP_PKEY* object) { EVP_PKEY_free(object); }};
}

Certificate own(X509* certificate)
{
    return {certificate, [](X509* object) { X509_free(object); }};
}

const unsigned char* bytes_of(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

Memory reading(std::string_view text)
{
    return Memory{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

struct Curve {
    const char* jose;
    const char* openssl;
    std::size_t bytes;
};
constexpr auto kCurves = std::to_array<Curve>({
    {"P-256", "prime256v1", 32},
    {"P-384", "secp384r1", 48},
    {"P-521", "secp521r1", 66},
});

const Curve* curve_of(const KeyHandle& key)
{
    std::array<char, 64> name{};
    std::size_t size = 0;
    if (EVP_PKEY_get_utf8_string_param(key.get(), OSSL_PKEY_PARAM_GROUP_NAME, name.data(),
                                       name.size(), &size) != 1) {
        return nullptr;
    }
    for (const Curve& curve : kCurves) {
        if (std::string_view{curve.openssl} == std::string_view{name.data(), size}) {
            return &curve;
        }
    }
    return nullptr;
}

/// A number of a key, big-endian; at least so many bytes.
std::string number_of(const KeyHandle& key, const char* name, std::size_t width = 0)
{
    BIGNUM* raw = nullptr;
    if (EVP_PKEY_get_bn_param(key.get(), name, &raw) != 1) {
        throw Error{Errc::unsupported, fmt::format("a key without '{}'", name)};
    }
    const Number number{raw};
    const auto size = static_cast<std::size_t>(BN_num_bytes(number.get()));
    std::string bytes(std::max(size, width), '\0');
    BN_bn2binpad(number.get(), reinterpret_cast<unsigned char*>(bytes.data()),
                 static_cast<int>(bytes.size()));
    return bytes;
}

KeyHandle key_from(const char* kind, OSSL_PARAM_BLD* builder)
{
    const Parameters parameters{OSSL_PARAM_BLD_to_param(builder)};
    const KeyContext context{EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr)};
    EVP_PKEY* key = nullptr;
    if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
        throw Error{Errc::corrupt, fmt::format("not a {} key", kind)};
    }
    return own(key);
}

std::string decoded(const json::Field& jwk, std::string_view name)
{
    auto bytes = decode_base64url(jwk.get(name).string());
    if (!bytes || bytes->empty() || bytes->size() > 4096) {
        jwk.get(name).refuse("expected base64url");
    }
    return *std::move(bytes);
}

Number number(std::string_view bytes)
{
    return Number{BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr)};
}

KeyHandle rsa_key(const json::Field& jwk)
{
    const Builder builder{OSSL_PARAM_BLD_new()};
    const Number modulus = number(decoded(jwk, "n"));
    const Number exponent = number(decoded(jwk, "e"));
    if (BN_num_bits(modulus.get()) < 1024) {
        jwk.get("n").refuse("the key is shorter than 1024 bits");
    }
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
    return key_from("RSA", builder.get());
}

KeyHandle ec_key(const json::Field& jwk)
{
    const std::string name = jwk.get("crv").string();
    for (const Curve& curve : kCurves) {
        if (name != curve.jose) {
            continue;
        }
        const std::string x = decoded(jwk, "x");
        const std::string y = decoded(jwk, "y");
        if (x.size() != curve.bytes || y.size() != curve.bytes) {
            jwk.get("x").refuse("coordinates of the wrong length");
        }
        const std::string point = fmt::format("\4{}{}", x, y); // uncompressed
        const Builder builder{OSSL_PARAM_BLD_new()};
        OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.openssl,
                                        0);
        OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                         point.size());
        return key_from("EC", builder.get());
    }
    throw Error{Errc::unsupported, fmt::format("curve '{}'", name)};
}

KeyHandle ed25519_key(const json::Field& jwk)
{
    const std::string name = jwk.get("crv").string();
    const std::string x = decoded(jwk, "x");
    EVP_PKEY* const key = name == "Ed25519" ? EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr,
                                                                          bytes_of(x), x.size())
                                            : nullptr;
    if (key == nullptr) {
        throw Error{Errc::unsupported, fmt::format("not an Ed25519 key: '{}'", name)};
    }
    return own(key);
}

Key key_of(const json::Field& jwk)
{
    Key key{.handle = nullptr, .id = jwk.string_or("kid"), .algorithm = jwk.string_or("alg")};
    const std::string kind = jwk.get("kty").string();
    if (kind == "RSA") {
        key.handle = rsa_key(jwk);
    } else if (kind == "EC") {
        key.handle = ec_key(jwk);
    } else if (kind == "OKP") {
        key.handle = ed25519_key(jwk);
    } else if (kind == "oct") {
        key.secret = decoded(jwk, "k");
    } else {
        throw Error{Errc::unsupported, fmt::format("keys of kind '{}'", kind)};
    }
    return key;
}

std::string base32(std::string_view bytes)
{
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::string text;
    unsigned bits = 0;
    unsigned held = 0;
    for (const char c : bytes) {
        bits = bits << 8 | static_cast<unsigned char>(c);
        for (held += 8; held >= 5; held -= 5) {
            text += kAlphabet[bits >> (held - 5) & 31];
        }
    }
    return text;
}

std::string text_of(const Sum& sum)
{
    return {reinterpret_cast<const char*>(sum.data()), sum.size()};
}

} // namespace

std::string thumbprint(const KeyHandle& key)
{
    std::string members; // in the order of their names, RFC 7638 §3.3
    switch (EVP_PKEY_get_base_id(key.get())) {
    case EVP_PKEY_RSA:
        members = fmt::format(R"({{"e":"{}","kty":"RSA","n":"{}"}})",
                              encode_base64url(number_of(key, OSSL_PKEY_PARAM_RSA_E)),
                              encode_base64url(number_of(key, OSSL_PKEY_PARAM_RSA_N)));
        break;
    case EVP_PKEY_EC: {
        const Curve* const curve = curve_of(key);
        if (curve == nullptr) {
            throw Error{Errc::unsupported, "a key on a curve that JOSE has no name for"};
        }
        members =
            fmt::format(R"({{"crv":"{}","kty":"EC","x":"{}","y":"{}"}})", curve->jose,
                        encode_base64url(number_of(key, OSSL_PKEY_PARAM_EC_PUB_X, curve->bytes)),
                        encode_base64url(number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y, curve->bytes)));
        break;
    }
    case EVP_PKEY_ED25519: {
        std::string raw(32, '\0');
        std::size_t size = raw.size();
        EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(raw.data()), &size);
        members = fmt::format(R"({{"crv":"Ed25519","kty":"OKP","x":"{}"}})", encode_base64url(raw));
        break;
    }
    default:
        throw Error{Errc::unsupported, "a key that is none of RSA, EC, Ed25519"};
    }
    return encode_base64url(text_of(sha256(members)));
}

std::string libtrust_fingerprint(const KeyHandle& key)
{
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(key.get(), &der);
    if (size <= 0) {
        throw Error{Errc::unsupported, "a key without a public part"};
    }
    const std::string info{reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)};
    OPENSSL_free(der);
    const std::string letters = base32(text_of(sha256(info)).substr(0, 30)); // 240 bits
    std::string name;
    for (std::size_t at = 0; at < letters.size(); at += 4) {
        name += (at == 0 ? "" : ":") + letters.substr(at, 4);
    }
    return name;
}

Key parse_jwk(std::string_view json)
{
    const boost::json::value document = json::parse(json, "JWK");
    return key_of(json::Field{document, "JWK"});
}

std::vector<Key> parse_jwks(std::string_view json, std::string_view what)
{
    const boost::json::value document = json::parse(json, what);
    const json::Field root{document, std::string{what}};
    std::vector<Key> keys;
    if (!root.has("keys")) {
        keys.push_back(key_of(root));
        return keys;
    }
    for (const json::Field& jwk : root.get("keys").elements()) {
        if (jwk.string_or("use", "sig") != "sig") {
            continue;
        }
        try {
            keys.push_back(key_of(jwk));
        } catch (const Error& error) {
            if (error.code() != Errc::unsupported) { // sets may hold kinds that are not for us
                throw;
            }
        }
    }
    return keys;
}

std::vector<Certificate> parse_certificates(std::string_view pem, std::string_view what)
{
    const Memory memory = reading(pem);
    std::vector<Certificate> certificates;
    while (X509* const certificate = PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr)) {
        certificates.push_back(own(certificate));
    }
    if (certificates.empty()) {
        throw Error{Errc::corrupt, fmt::format("{}: no certificate (PEM) in it", what)};
    }
    return certificates;
}

KeyHandle public_key(const Certificate& certificate)
{
    EVP_PKEY* const key = X509_get_pubkey(certificate.get());
    if (key == nullptr) {
        throw Error{Errc::unsupported, "a certificate with a key of an unknown kind"};
    }
    return own(key);
}

KeyHandle verified_leaf(const std::vector<std::string>& chain,
                        const std::vector<Certificate>& roots)
{
    constexpr std::size_t kMaxChain = 10;
    std::vector<Certificate> certificates;
    for (const std::string& encoded : chain) {
        const auto der = decode_base64(encoded);
        const unsigned char* at = der ? bytes_of(*der) : nullptr;
        X509* const certificate =
            at == nullptr ? nullptr : d2i_X509(nullptr, &at, static_cast<long>(der->size()));
        if (certificate == nullptr) {
            return nullptr;
        }
        certificates.push_back(own(certificate));
    }
    const Store store{X509_STORE_new()};
    const StoreContext context{X509_STORE_CTX_new()};
    std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)> between{
        sk_X509_new_null(), [](STACK_OF(X509) * stack) { sk_X509_free(stack); }};
    if (certificates.empty() || certificates.size() > kMaxChain || !store || !context || !between) {
        return nullptr;
    }
    for (const Certificate& root : roots) {
        X509_STORE_add_cert(store.get(), root.get());
    }
    for (std::size_t i = 1; i < certificates.size(); ++i) {
        sk_X509_push(between.get(), certificates[i].get());
    }
    // Any certificate of the bundle is trusted as it stands, also one that others have signed.
    X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
    if (X509_STORE_CTX_init(context.get(), store.get(), certificates.front().get(),
                            between.get()) != 1 ||
        X509_verify_cert(context.get()) != 1) {
        return nullptr;
    }
    return public_key(certificates.front());
}

KeyHandle make_ec_key()
{
    EVP_PKEY* const key = EVP_EC_gen("P-256");
    if (key == nullptr) {
        throw Error{Errc::internal, "OpenSSL made no key"};
    }
    return own(key);
}

std::string print_private_key(const KeyHandle& key)
{
    const Memory memory{BIO_new(BIO_s_mem())};
    char* text = nullptr;
    if (!memory || PEM_write_bio_PrivateKey(memory.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                            nullptr) != 1) {
        throw Error{Errc::internal, "OpenSSL printed no key"};
    }
    const long size = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

KeyHandle parse_private_key(std::string_view pem, std::string_view what)
{
    const Memory memory = reading(pem);
    EVP_PKEY* const key = PEM_read_bio_PrivateKey(memory.get(), nullptr, nullptr, nullptr);
    if (key == nullptr) {
        throw Error{Errc::corrupt, fmt::format("{}: no private key (PEM) in it", what)};
    }
    return own(key);
}

} // namespace strata::registry
