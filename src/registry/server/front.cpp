// SPDX-License-Identifier: Apache-2.0
#include "registry/server/front.hpp"

#include <string>

namespace strata::registry {

std::optional<http::Response> Front::answer_at_once(const http::Request& request)
{
    return parts_.api.answer_at_once(request);
}

http::Response Front::handle(const http::Request& request, http::Body& body)
{
    if (parts_.issuer != nullptr && request.path() == parts_.issuer->path()) {
        return parts_.issuer->answer(request, body);
    }
    return parts_.api.handle(request, body);
}

http::Response Front::refuse(std::uint16_t status, std::string_view why)
{
    return parts_.api.refuse(status, why);
}

void Front::finished(const http::Request& request, const http::Outcome& outcome)
{
    std::string user;
    if (request.field("authorization")) {
        if (const CallerPtr caller = parts_.authenticator.recognize(request)) {
            user = caller->name();
        }
    }
    parts_.log.request(request, outcome, user);
}

void Front::failed(const http::Request& request, const std::exception& error)
{
    parts_.log.write(
        Log::Level::error, error.what(),
        {{"http.request.method", request.method_name()}, {"http.request.uri", request.path()}});
}

} // namespace strata::registry
