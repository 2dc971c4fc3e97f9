// SPDX-License-Identifier: Apache-2.0
#include "registry/server/front.hpp"

#include <string>

namespace strata::registry {

std::optional<http::Response> Front::answer_at_once(const http::Request& request)
{
    if (!parts_.health.good()) {
        return unhealthy();
    }
    return parts_.api.answer_at_once(request);
}

http::Response Front::handle(const http::Request& request, http::Body& body)
{
    if (!parts_.health.good()) {
        return unhealthy();
    }
    if (parts_.issuer != nullptr && request.path() == parts_.issuer->path()) {
        return parts_.issuer->answer(request, body);
    }
    return parts_.api.handle(request, body);
}

http::Response Front::unhealthy()
{
    http::Response response =
        parts_.api.refuse(503, "a health check fails; the log and /debug/health say which");
    return std::move(response).field("Retry-After", "10");
}

http::Response Front::refuse(std::uint16_t status, std::string_view why)
{
    return parts_.api.refuse(status, why);
}

void Front::finished(const http::Request& request, const http::Outcome& outcome)
{
    parts_.metrics.request_ended(handler_of(request.path()), request.method(), outcome);
    if (outcome.status == 507) { // the operator's affair, whether or not there is an access log
        parts_.log.write(
            Log::Level::error, "the disk has no room for what a client sends",
            {{"http.request.method", request.method_name()}, {"http.request.uri", request.path()}});
    }
    if (parts_.access_log == nullptr) {
        return;
    }
    std::string user;
    if (request.field("authorization")) {
        if (const CallerPtr caller = parts_.authenticator.recognize(request)) {
            user = caller->name();
        }
    }
    parts_.access_log->request_ended(request, outcome, user);
}

void Front::failed(const http::Request& request, const std::exception& error)
{
    parts_.log.write(
        Log::Level::error, error.what(),
        {{"http.request.method", request.method_name()}, {"http.request.uri", request.path()}});
}

} // namespace strata::registry
