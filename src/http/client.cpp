// SPDX-License-Identifier: Apache-2.0
#include "http/client.hpp"

#include "base/error.hpp"
#include "base/strings.hpp"
#include "http/transfer.hpp"

#include <utility>

namespace strata::http {
namespace {

Errc code_of_status(std::uint16_t status)
{
    switch (status) {
    case 401:
        return Errc::unauthorized;
    case 403:
        return Errc::denied;
    case 404:
    case 410:
        return Errc::not_found;
    default:
        return Errc::unavailable;
    }
}

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) noexcept
{
    return text.size() >= prefix.size() &&
           equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}

} // namespace

bool is_url(std::string_view text) noexcept
{
    return starts_with_ignoring_case(text, "http://") ||
           starts_with_ignoring_case(text, "https://");
}

std::optional<std::string_view> ClientResponse::field(std::string_view name) const noexcept
{
    for (const Field& field : fields) {
        if (equal_ignoring_case(field.name, name)) {
            return field.value;
        }
    }
    return std::nullopt;
}

Client::Client(ClientOptions options)
    : options_{std::make_shared<const ClientOptions>(std::move(options))}
    , pool_{std::make_shared<ConnectionPool>(options_->idle_connections)}
{
}

ClientResponse Client::send(ClientRequest request) const
{
    auto transfer = std::make_unique<Transfer>(std::move(request), options_, pool_);
    transfer->begin();
    ClientResponse response = transfer->response();
    response.body = std::move(transfer);
    return response;
}

Download get(const std::string& url, const GetOptions& options)
{
    ClientRequest request;
    request.url = url;
    request.max_redirects = options.max_redirects;
    request.connect_timeout = options.connect_timeout;
    request.stall_timeout = options.stall_timeout;
    request.max_bytes = options.max_bytes;
    request.stop = options.stop;
    ClientResponse response = Client{{.idle_connections = 0}}.send(std::move(request));
    if (response.status < 200 || response.status >= 300) {
        throw Error{code_of_status(response.status),
                    fmt::format("fetching {}: the server answered {}", url, response.status)};
    }
    return {.body = std::move(response.body), .length = response.length.value_or(0)};
}

} // namespace strata::http
