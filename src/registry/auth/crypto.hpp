// SPDX-License-Identifier: Apache-2.0
//
// What authentication needs of cryptography, through OpenSSL. Keys and signatures are in keys.hpp.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace strata::registry {

using Sum = std::array<std::uint8_t, 32>;

Sum sha256(std::string_view bytes);

/// A name under which something secret can be remembered without keeping it: HMAC-SHA256 under a
/// key that this process made up when it started. Well below a microsecond.
Sum secret_name(std::string_view secret);

/// Takes as long whatever the difference.
bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;

/// RFC 4648 §5 without padding, as JOSE uses it.
std::string encode_base64url(std::string_view bytes);
std::optional<std::string> decode_base64url(std::string_view text);

/// So many random bytes, in base64url.
std::string random_secret(std::size_t bytes);

struct SumHash {
    std::size_t operator()(const Sum& sum) const noexcept;
};

} // namespace strata::registry
