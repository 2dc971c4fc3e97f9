// SPDX-License-Identifier: Apache-2.0
#include "registry/auth/credentials.hpp"

#include "base/base64.hpp"
#include "base/strings.hpp"

#include <algorithm>

namespace strata::registry {
namespace {

/// What follows "<scheme> ", the scheme in any case.
std::optional<std::string_view> after_scheme(std::string_view field,
                                             std::string_view scheme) noexcept
{
    if (field.size() <= scheme.size() || field[scheme.size()] != ' ' ||
        !std::ranges::equal(field.substr(0, scheme.size()), scheme, [](char a, char b) {
            return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
        })) {
        return std::nullopt;
    }
    field.remove_prefix(scheme.size());
    field.remove_prefix(std::min(field.find_first_not_of(' '), field.size()));
    return field;
}

bool is_host(std::string_view text)
{
    return !text.empty() && text.size() <= 255 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '-' || c == ':' || c == '[' || c == ']' || c == '_';
    });
}

/// The first of several values: what the outermost proxy saw.
std::string_view first_value(std::string_view field)
{
    return trim(field.substr(0, field.find(',')));
}

/// A parameter of the first element of Forwarded.
std::string forwarded_parameter(std::string_view field, std::string_view name)
{
    for (const std::string& part : split(first_value(field), ';')) {
        const auto pair = split_once(part, '=');
        if (pair && equal_ignoring_case(trim(pair->first), name)) {
            std::string_view value = trim(pair->second);
            if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"')) {
                value = value.substr(1, value.size() - 2);
            }
            return std::string{value};
        }
    }
    return {};
}

} // namespace

std::optional<Password> parse_basic(std::string_view authorization)
{
    const auto encoded = after_scheme(authorization, "basic");
    const auto decoded = encoded ? decode_base64(trim(*encoded)) : std::nullopt;
    const std::size_t colon = decoded ? decoded->find(':') : std::string::npos;
    if (colon == std::string::npos || decoded->find('\0') != std::string::npos) {
        return std::nullopt;
    }
    return Password{decoded->substr(0, colon), decoded->substr(colon + 1)};
}

std::optional<std::string_view> parse_bearer(std::string_view authorization) noexcept
{
    const auto token = after_scheme(authorization, "bearer");
    return token && !token->empty() ? token : std::nullopt;
}

std::string origin_of(const http::Request& request)
{
    std::string scheme = request.peer().secure ? "https" : "http";
    std::string host{request.field("Host").value_or("")};
    if (const auto forwarded = request.field("Forwarded")) {
        const std::string said_host = forwarded_parameter(*forwarded, "host");
        const std::string said_scheme = forwarded_parameter(*forwarded, "proto");
        host = said_host.empty() ? host : said_host;
        scheme = said_scheme.empty() ? scheme : said_scheme;
    } else {
        if (const auto said = request.field("X-Forwarded-Proto")) {
            scheme = std::string{first_value(*said)};
        }
        if (const auto said = request.field("X-Forwarded-Host")) {
            host = std::string{first_value(*said)};
        }
    }
    scheme = to_lower(scheme);
    if (!is_host(host) || (scheme != "http" && scheme != "https")) {
        return {};
    }
    return scheme + "://" + host;
}

std::string quoted_parameter(std::string_view text)
{
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            quoted += '\\';
        }
        if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) {
            quoted += c;
        }
    }
    return quoted + '"';
}

} // namespace strata::registry
