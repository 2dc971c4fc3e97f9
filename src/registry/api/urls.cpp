// SPDX-License-Identifier: Apache-2.0
#include "registry/api/urls.hpp"

#include "base/strings.hpp"

#include <algorithm>

namespace strata::registry::api {
namespace {

std::string_view unquoted(std::string_view text)
{
    text = trim(text);
    return text.size() >= 2 && text.front() == '"' && text.back() == '"'
               ? text.substr(1, text.size() - 2)
               : text;
}

/// The first element of a comma-separated field: what the proxy nearest to the client wrote.
std::string_view first_of(std::string_view list)
{
    return trim(list.substr(0, list.find(',')));
}

/// What goes into a URL without doing anything else there.
bool is_authority(std::string_view text)
{
    return !text.empty() && text.size() <= 255 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '-' || c == '_' || c == ':' || c == '[' || c == ']';
    });
}

struct Origin {
    std::string_view scheme;
    std::string_view host;
};

void read_forwarded(std::string_view field, Origin& origin)
{
    std::string_view rest = first_of(field);
    while (!rest.empty()) {
        const std::size_t end = rest.find(';');
        const auto pair = split_once(rest.substr(0, end), '=');
        rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
        if (pair && equal_ignoring_case(trim(pair->first), "proto")) {
            origin.scheme = unquoted(pair->second);
        } else if (pair && equal_ignoring_case(trim(pair->first), "host")) {
            origin.host = unquoted(pair->second);
        }
    }
}

} // namespace

std::string origin_of(const http::Request& request)
{
    Origin origin{request.peer().secure ? "https" : "http", request.field("host").value_or("")};
    if (const auto host = request.field("x-forwarded-host")) {
        origin.host = first_of(*host);
    }
    if (const auto scheme = request.field("x-forwarded-proto")) {
        origin.scheme = first_of(*scheme);
    }
    if (const auto forwarded = request.field("forwarded")) {
        read_forwarded(*forwarded, origin);
    }
    if (!is_authority(origin.host)) {
        return {};
    }
    const bool secure = equal_ignoring_case(origin.scheme, "https");
    return (secure ? "https://" : "http://") + std::string{origin.host};
}

std::string url_for(const HttpConfig& config, const http::Request& request, std::string_view path)
{
    std::string url = config.host;
    if (url.empty() && config.relative_urls == false) {
        url = origin_of(request);
    }
    while (url.ends_with('/')) {
        url.pop_back();
    }
    url += config.prefix.empty() ? "/" : config.prefix;
    url += path.substr(1);
    return url;
}

} // namespace strata::registry::api
