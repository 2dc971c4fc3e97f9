// SPDX-License-Identifier: Apache-2.0
//
// Keys of token issuers: JWKs (RFC 7517), certificates, and their names.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct evp_pkey_st; // OpenSSL's EVP_PKEY
struct x509_st;
struct x509_store_st;

namespace strata::registry {

/// A public, private or (for HS*) secret key. Immutable once made; shared between threads.
using KeyHandle = std::shared_ptr<evp_pkey_st>;

struct Key {
    KeyHandle handle;
    std::string id{};        // as its set names it; may be empty
    std::string algorithm{}; // the only one that it is for; empty: any that fits
    std::string secret{};    // of an "oct" key; `handle` is null then
};

/// RFC 7638: SHA-256 over the required members. Works for RSA, P-256/384/521 and Ed25519.
std::string thumbprint(const KeyHandle& key);

/// What Distribution 2 calls a key (libtrust): "ABCD:EFGH:…", twelve groups of base32.
std::string libtrust_fingerprint(const KeyHandle& key);

/// A key of one JWK. Throws Errc::corrupt for what is malformed, unsupported for other kinds.
Key parse_jwk(std::string_view json);

/// Every usable key of a set, or of a single JWK.
std::vector<Key> parse_jwks(std::string_view json, std::string_view what);

/// Certificates, in order, of a PEM bundle; other blocks are passed over. Throws Errc::corrupt if
/// there are none.
using Certificate = std::shared_ptr<x509_st>;
std::vector<Certificate> parse_certificates(std::string_view pem, std::string_view what);
KeyHandle public_key(const Certificate& certificate);

/// The key of the first of `chain` (base64 DER, as in x5c) if it leads to one of `roots` at this
/// time; null otherwise.
KeyHandle verified_leaf(const std::vector<std::string>& chain,
                        const std::vector<Certificate>& roots);

/// A new P-256 key, and such keys as PEM (PKCS #8).
KeyHandle make_ec_key();
std::string print_private_key(const KeyHandle& key);
KeyHandle parse_private_key(std::string_view pem, std::string_view what);

/// Whether `signature` over `text` is by `key`, for a JWS algorithm (RFC 7518 §3.1, RFC 8037). The
/// key must be of the algorithm's kind, and its curve.
bool verify_signature(std::string_view algorithm, const Key& key, std::string_view text,
                      std::string_view signature);

/// ES256: r and s, 32 bytes each.
std::string sign_es256(const KeyHandle& key, std::string_view text);

} // namespace strata::registry
