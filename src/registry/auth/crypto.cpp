// SPDX-License-Identifier: Apache-2.0
#include "registry/auth/crypto.hpp"

#include "base/base64.hpp"
#include "base/error.hpp"
#include "base/id.hpp"
#include "io/hash.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>

namespace strata::registry {
namespace {

struct FreeMac {
    void operator()(EVP_MAC_CTX* context) const noexcept { EVP_MAC_CTX_free(context); }
};
using MacContext = std::unique_ptr<EVP_MAC_CTX, FreeMac>;

/// Of this process, and gone with it.
const Sum& process_key()
{
    static const Sum key = [] {
        Sum bytes;
        fill_random(std::as_writable_bytes(std::span{bytes}));
        return bytes;
    }();
    return key;
}

/// With its key set: each thread keeps one, since setting it up costs more than most messages.
MacContext make_context()
{
    EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    MacContext context{mac == nullptr ? nullptr : EVP_MAC_CTX_new(mac)};
    EVP_MAC_free(mac);
    std::string digest = "SHA256";
    const std::array<OSSL_PARAM, 2> parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
        OSSL_PARAM_construct_end()};
    const Sum& key = process_key();
    if (!context || EVP_MAC_init(context.get(), key.data(), key.size(), parameters.data()) != 1) {
        throw Error{Errc::internal, "OpenSSL has no HMAC-SHA256"};
    }
    return context;
}

} // namespace

Sum sha256(std::string_view bytes)
{
    io::Hasher hasher;
    hasher.update(bytes);
    const std::vector<std::uint8_t> digest = hasher.finish();
    Sum sum;
    std::ranges::copy(digest, sum.begin());
    return sum;
}

Sum secret_name(std::string_view secret)
{
    thread_local const MacContext context = make_context();
    Sum sum;
    std::size_t size = 0;
    if (EVP_MAC_init(context.get(), nullptr, 0, nullptr) != 1 ||
        EVP_MAC_update(context.get(), reinterpret_cast<const unsigned char*>(secret.data()),
                       secret.size()) != 1 ||
        EVP_MAC_final(context.get(), sum.data(), &size, sum.size()) != 1 || size != sum.size()) {
        throw Error{Errc::internal, "OpenSSL refused an HMAC"};
    }
    return sum;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept
{
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string encode_base64url(std::string_view bytes)
{
    std::string text = encode_base64(bytes);
    text.resize(text.find_last_not_of('=') + 1);
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    return text;
}

std::optional<std::string> decode_base64url(std::string_view text)
{
    if (text.find_first_of("+/=") != std::string_view::npos) {
        return std::nullopt;
    }
    std::string standard{text};
    std::ranges::replace(standard, '-', '+');
    std::ranges::replace(standard, '_', '/');
    standard.append((4 - standard.size() % 4) % 4, '=');
    return decode_base64(standard);
}

std::string random_secret(std::size_t bytes)
{
    std::string raw(bytes, '\0');
    fill_random(std::as_writable_bytes(std::span{raw}));
    return encode_base64url(raw);
}

std::size_t SumHash::operator()(const Sum& sum) const noexcept
{
    std::size_t prefix;
    std::memcpy(&prefix, sum.data(), sizeof prefix);
    return prefix;
}

} // namespace strata::registry
