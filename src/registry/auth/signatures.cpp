// SPDX-License-Identifier: Apache-2.0
//
// Signatures of JWS. The algorithm is checked against the key's kind before anything else: a token
// that says HS256 and is "signed" with the bytes of a public RSA key is the classic forgery.
#include "base/error.hpp"
#include "registry/auth/crypto.hpp"
#include "registry/auth/keys.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>

namespace strata::registry {
namespace {

enum class Family : std::uint8_t { hmac, rsa, rsa_pss, ec, eddsa };

struct Algorithm {
    std::string_view name;
    Family family;
    const char* digest;
    std::size_t half; // of an ECDSA signature, which tells the curve as well
};

constexpr auto kAlgorithms = std::to_array<Algorithm>({
    {"EdDSA", Family::eddsa, nullptr, 0},
    {"HS256", Family::hmac, "SHA256", 0},
    {"HS384", Family::hmac, "SHA384", 0},
    {"HS512", Family::hmac, "SHA512", 0},
    {"RS256", Family::rsa, "SHA256", 0},
    {"RS384", Family::rsa, "SHA384", 0},
    {"RS512", Family::rsa, "SHA512", 0},
    {"ES256", Family::ec, "SHA256", 32},
    {"ES384", Family::ec, "SHA384", 48},
    {"ES512", Family::ec, "SHA512", 66},
    {"PS256", Family::rsa_pss, "SHA256", 0},
    {"PS384", Family::rsa_pss, "SHA384", 0},
    {"PS512", Family::rsa_pss, "SHA512", 0},
});

struct FreeContext {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
struct FreeSignature {
    void operator()(ECDSA_SIG* signature) const noexcept { ECDSA_SIG_free(signature); }
};
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeContext>;
using EcSignature = std::unique_ptr<ECDSA_SIG, FreeSignature>;

const unsigned char* bytes_of(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

bool fits(const Algorithm& algorithm, const Key& key)
{
    if (algorithm.family == Family::hmac) {
        return !key.secret.empty();
    }
    if (!key.handle) {
        return false;
    }
    switch (EVP_PKEY_get_base_id(key.handle.get())) {
    case EVP_PKEY_RSA:
        return algorithm.family == Family::rsa || algorithm.family == Family::rsa_pss;
    case EVP_PKEY_RSA_PSS:
        return algorithm.family == Family::rsa_pss;
    case EVP_PKEY_EC: { // P-521 has 521 bits, 66 bytes
        const auto bits = static_cast<std::size_t>(EVP_PKEY_get_bits(key.handle.get()));
        return algorithm.family == Family::ec && (bits + 7) / 8 == algorithm.half;
    }
    case EVP_PKEY_ED25519:
        return algorithm.family == Family::eddsa;
    default:
        return false;
    }
}

bool verify_hmac(const Algorithm& algorithm, std::string_view secret, std::string_view text,
                 std::string_view signature)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
    std::size_t size = 0;
    return EVP_Q_mac(nullptr, "HMAC", nullptr, algorithm.digest, nullptr, secret.data(),
                     secret.size(), bytes_of(text), text.size(), code.data(), code.size(),
                     &size) != nullptr &&
           equal_in_constant_time({reinterpret_cast<const char*>(code.data()), size}, signature);
}

/// From the two numbers of JOSE to the DER of everybody else; empty if it is no signature.
std::string ec_der(std::string_view signature, std::size_t half)
{
    if (signature.size() != 2 * half) {
        return {};
    }
    const EcSignature pair{ECDSA_SIG_new()};
    BIGNUM* const r = BN_bin2bn(bytes_of(signature), static_cast<int>(half), nullptr);
    BIGNUM* const s = BN_bin2bn(bytes_of(signature.substr(half)), static_cast<int>(half), nullptr);
    if (!pair || ECDSA_SIG_set0(pair.get(), r, s) != 1) {
        BN_free(r);
        BN_free(s);
        return {};
    }
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(pair.get(), &der);
    std::string result{reinterpret_cast<const char*>(der),
                       static_cast<std::size_t>(std::max(size, 0))};
    OPENSSL_free(der);
    return result;
}

const Algorithm* find_algorithm(std::string_view name)
{
    const auto* const found = std::ranges::find(kAlgorithms, name, &Algorithm::name);
    return found == kAlgorithms.end() ? nullptr : found;
}

} // namespace

bool verify_signature(std::string_view name, const Key& key, std::string_view text,
                      std::string_view signature)
{
    const Algorithm* const algorithm = find_algorithm(name);
    if (algorithm == nullptr || !fits(*algorithm, key) ||
        (!key.algorithm.empty() && key.algorithm != name)) {
        return false;
    }
    if (algorithm->family == Family::hmac) {
        return verify_hmac(*algorithm, key.secret, text, signature);
    }
    const std::string der =
        algorithm->family == Family::ec ? ec_der(signature, algorithm->half) : std::string{};
    const std::string_view given =
        algorithm->family == Family::ec ? std::string_view{der} : signature;
    const DigestContext context{EVP_MD_CTX_new()};
    EVP_PKEY_CTX* options = nullptr;
    if (given.empty() || !context ||
        EVP_DigestVerifyInit_ex(context.get(), &options, algorithm->digest, nullptr, nullptr,
                                key.handle.get(), nullptr) != 1) {
        return false;
    }
    if (algorithm->family == Family::rsa_pss &&
        (EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) != 1 ||
         EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) != 1)) {
        return false;
    }
    return EVP_DigestVerify(context.get(), bytes_of(given), given.size(), bytes_of(text),
                            text.size()) == 1;
}

std::string sign_es256(const KeyHandle& key, std::string_view text)
{
    constexpr int kHalf = 32;
    const DigestContext context{EVP_MD_CTX_new()};
    std::array<unsigned char, 128> der{};
    std::size_t size = der.size();
    if (!context ||
        EVP_DigestSignInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key.get(),
                              nullptr) != 1 ||
        EVP_DigestSign(context.get(), der.data(), &size, bytes_of(text), text.size()) != 1) {
        throw Error{Errc::internal, "OpenSSL refused to sign"};
    }
    const unsigned char* at = der.data();
    const EcSignature pair{d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size))};
    std::string signature(std::size_t{2} * kHalf, '\0');
    auto* const out = reinterpret_cast<unsigned char*>(signature.data());
    if (!pair || BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), out, kHalf) != kHalf ||
        BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), out + kHalf, kHalf) != kHalf) {
        throw Error{Errc::internal, "OpenSSL made a signature that is not of P-256"};
    }
    return signature;
}

} // namespace strata::registry
