// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/message.hpp"
#include "registry/config/config.hpp"

#include <string>
#include <string_view>

namespace strata::registry::api {

/// `path` (from "/v2/") as clients reach it: with http.prefix in front; with http.host in front of
/// that if there is one; and with what the request says of its host when http.relativeurls is
/// switched off. Relative otherwise, because no proxy, port mapping or TLS terminator can make a
/// relative URL wrong.
std::string url_for(const HttpConfig& config, const http::Request& request, std::string_view path);

/// "https://registry.example.com:5000": where the client believes that we are, from Forwarded
/// (RFC 7239), X-Forwarded-Proto and -Host, or Host.
std::string origin_of(const http::Request& request);

} // namespace strata::registry::api
