// SPDX-License-Identifier: Apache-2.0
//
// What stands in an Authorization field.
#pragma once

#include "http/message.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace strata::registry {

struct Password {
    std::string user;
    std::string text;
};

/// "Basic …" (RFC 7617); nothing if it is something else, or malformed. Never with a NUL.
std::optional<Password> parse_basic(std::string_view authorization);

/// The token of "Bearer …" (RFC 6750 §2.1); nothing if it is something else.
std::optional<std::string_view> parse_bearer(std::string_view authorization) noexcept;

/// "https://registry.example.com:5000": where the client believes to be, also behind a proxy that
/// sends Forwarded (RFC 7239) or X-Forwarded-Proto and -Host. Empty if the request does not say.
std::string origin_of(const http::Request& request);

/// In double quotes, as a parameter of a challenge.
std::string quoted_parameter(std::string_view text);

} // namespace strata::registry
