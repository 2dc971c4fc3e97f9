// SPDX-License-Identifier: Apache-2.0
#include "io/hash.hpp"

#include "base/error.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace strata::io {
namespace {

void require(bool succeeded, const char* what)
{
    if (!succeeded) {
        throw Error{Errc::internal, fmt::format("OpenSSL refused {}", what)};
    }
}

/// The algorithms, looked up once for the whole process.
///
/// Without openssl.cnf: reading it costs every command a millisecond, and a machine's TLS
/// configuration has no say in whether images can be verified. (This is our static libcrypto;
/// the one that libcurl brings along has its own state.) Digests are registered, though: what is
/// not at the first call never will be, and certificates name theirs.
struct Algorithms {
    int initialized =
        OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS |
                                OPENSSL_INIT_NO_ADD_ALL_CIPHERS | OPENSSL_INIT_ADD_ALL_DIGESTS,
                            nullptr);
    const EVP_MD* sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    const EVP_MD* sha512 = EVP_MD_fetch(nullptr, "SHA512", nullptr);
};

const EVP_MD* find(Hasher::Algorithm algorithm)
{
    // Never freed: a thread may still be hashing while the process leaves main().
    static const Algorithms& algorithms = *new Algorithms;
    return algorithm == Hasher::Algorithm::sha256 ? algorithms.sha256 : algorithms.sha512;
}

struct FreeContext {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

} // namespace

struct Hasher::State {
    std::unique_ptr<EVP_MD_CTX, FreeContext> context{EVP_MD_CTX_new()};
};

Hasher::Hasher(Algorithm algorithm) : state_{std::make_unique<State>()}
{
    const EVP_MD* digest = find(algorithm);
    require(digest != nullptr && state_->context != nullptr &&
                EVP_DigestInit_ex2(state_->context.get(), digest, nullptr) == 1,
            "to begin a digest");
}

Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;
Hasher::~Hasher() = default;

void Hasher::update(std::span<const std::byte> bytes)
{
    require(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1,
            "to hash bytes");
}

std::vector<std::uint8_t> Hasher::finish()
{
    std::vector<std::uint8_t> result(EVP_MAX_MD_SIZE);
    unsigned size = 0;
    require(EVP_DigestFinal_ex(state_->context.get(), result.data(), &size) == 1,
            "to finish a digest");
    result.resize(size);
    return result;
}

} // namespace strata::io
