// SPDX-License-Identifier: Apache-2.0
#include "registry/metrics/debug_handler.hpp"

#include "base/json.hpp"

#include <boost/json.hpp>

namespace strata::registry {
namespace {

namespace bj = boost::json;

http::Response json_answer(std::uint16_t status, const bj::object& object)
{
    http::Response response{.status = status};
    response.field("Content-Type", "application/json; charset=utf-8");
    response.body = json::print(object);
    return response;
}

http::Response text_answer(std::uint16_t status, std::string text)
{
    http::Response response{.status = status};
    response.field("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    response.body = std::move(text);
    return response;
}

bj::object describe(const Notifications::Status& status)
{
    bj::object headers;
    for (const http::Field& field : status.endpoint.headers) {
        // Not what is in them: they are how the endpoint knows us.
        headers[field.name] = bj::array{"…"};
    }
    bj::object statuses;
    for (const auto& [code, count] : status.statuses) {
        statuses[fmt::format("{} {}", code,
                             http::reason_phrase(static_cast<std::uint16_t>(code)))] = count;
    }
    return {{"name", status.endpoint.name},
            {"url", status.endpoint.url},
            {"Headers", std::move(headers)},
            {"Timeout", status.endpoint.timeout.count()},
            {"Threshold", status.endpoint.threshold},
            {"Backoff", status.endpoint.backoff.count()},
            {"Metrics",
             {{"Pending", status.pending},
              {"Events", status.events},
              {"Successes", status.successes},
              {"Failures", status.failures},
              {"Errors", status.errors},
              {"Statuses", std::move(statuses)}}}};
}

bj::object describe(const Metrics& metrics, ProxyKind kind)
{
    return {{"Requests", metrics.proxied(kind, ProxyEvent::request)},
            {"Hits", metrics.proxied(kind, ProxyEvent::hit)},
            {"Misses", metrics.proxied(kind, ProxyEvent::miss)},
            {"BytesPulled", metrics.proxied(kind, ProxyEvent::pulled_bytes)},
            {"BytesPushed", metrics.proxied(kind, ProxyEvent::pushed_bytes)}};
}

} // namespace

http::Response DebugHandler::health() const
{
    bj::object failures;
    for (const auto& [name, error] : parts_.health.failures()) {
        failures[name] = error;
    }
    return json_answer(failures.empty() ? 200 : 503, failures);
}

http::Response DebugHandler::variables() const
{
    bj::array endpoints;
    if (parts_.notifications != nullptr) {
        for (const Notifications::Status& status : parts_.notifications->status()) {
            endpoints.push_back(describe(status));
        }
    }
    const http::Server::Load load = parts_.load();
    return json_answer(200, {{"registry",
                              {{"notifications", {{"endpoints", std::move(endpoints)}}},
                               {"proxy",
                                {{"blobs", describe(parts_.metrics, ProxyKind::blob)},
                                 {"manifests", describe(parts_.metrics, ProxyKind::manifest)}}},
                               {"http",
                                {{"connections", load.connections},
                                 {"requests", load.requests},
                                 {"queued", load.queued}}}}}});
}

http::Response DebugHandler::handle(const http::Request& request, http::Body&)
{
    const std::string_view path = request.path();
    const bool reads =
        request.method() == http::Method::get || request.method() == http::Method::head;
    if (path == "/debug/health/down" || path == "/debug/health/up") {
        if (request.method() != http::Method::post) {
            return text_answer(405, "POST is needed\n").field("Allow", "POST");
        }
        parts_.health.set_down(path.ends_with("down"));
        return text_answer(200, "OK\n");
    }
    if (!reads) {
        return text_answer(405, "only GET\n").field("Allow", "GET, HEAD");
    }
    if (path == "/debug/health") {
        return health();
    }
    if (path == "/debug/vars") {
        return variables();
    }
    if (parts_.config.prometheus && path == parts_.config.prometheus_path) {
        return text_answer(200, parts_.metrics.text(parts_.notifications, parts_.load()));
    }
    return text_answer(404, "404 page not found\n");
}

} // namespace strata::registry
