// SPDX-License-Identifier: Apache-2.0
#include "registry/api/events.hpp"

#include "base/strings.hpp"
#include "registry/api/urls.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>

#include <array>
#include <cstddef>

namespace strata::registry::api {
namespace {

constexpr std::string_view kBlobType = "application/octet-stream";

bool is_address(const std::string& text)
{
    std::array<std::byte, sizeof(::in6_addr)> ignored{};
    return ::inet_pton(AF_INET, text.c_str(), ignored.data()) == 1 ||
           ::inet_pton(AF_INET6, text.c_str(), ignored.data()) == 1;
}

/// Who asks, as proxies say it; none says anything: whose connection it is.
std::string remote_of(const http::Request& request)
{
    for (const std::string_view name : {"x-forwarded-for", "x-real-ip"}) {
        const std::string_view said = request.field(name).value_or("");
        if (std::string first{trim(said.substr(0, said.find(',')))}; is_address(first)) {
            return first;
        }
    }
    const http::Peer& peer = request.peer();
    return peer.address.empty() ? std::string{} : fmt::format("{}:{}", peer.address, peer.port);
}

std::string url_of(const Services& services, const http::Request& request, const Happened& happened)
{
    if (!happened.digest || happened.action == Event::Action::remove) {
        return {};
    }
    const bool is_blob = happened.media_type == kBlobType;
    const HttpConfig& config = services.config.http;
    return (config.host.empty() ? origin_of(request) : std::string{}) +
           url_for({.prefix = config.prefix, .host = config.host}, request,
                   fmt::format("/v2/{}/{}/{}", happened.repository, is_blob ? "blobs" : "manifests",
                               happened.digest->str()));
}

} // namespace

bool is_heard(const Services& services, Event::Action action) noexcept
{
    return services.notifications != nullptr && services.notifications->wants(action);
}

void tell(const Services& services, const http::Request& request, const Caller& caller,
          const Happened& happened)
{
    if (!is_heard(services, happened.action)) {
        return;
    }
    Event event{.action = happened.action,
                .when = now(),
                .repository = std::string{happened.repository},
                .media_type = std::string{happened.media_type},
                .digest = happened.digest,
                .size = happened.size,
                .tag = std::string{happened.tag},
                .from_repository = std::string{happened.from_repository},
                .url = url_of(services, request, happened),
                .request_id = random_uuid(),
                .remote = remote_of(request),
                .host = std::string{request.field("host").value_or("")},
                .method = std::string{request.method_name()},
                .user_agent = std::string{request.field("user-agent").value_or("")},
                .actor = caller.name()};
    if (happened.references != nullptr) {
        for (const Reference& reference : *happened.references) {
            event.references.push_back({.media_type = reference.media_type,
                                        .digest = reference.digest.str(),
                                        .size = reference.size});
        }
    }
    if (happened.action == Event::Action::pull) {
        services.notifications->record_soon(std::move(event));
    } else {
        services.notifications->record(std::move(event));
    }
}

void tell_pull(const Services& services, const http::Request& request, const Caller& caller,
               const Target& target, const Answer& answer)
{
    const bool is_blob = answer.media_type.empty();
    const bool by_tag = !is_blob && target.reference.find(':') == target.reference.npos;
    tell(services, request, caller,
         {.action = Event::Action::pull,
          .repository = target.name,
          .digest = answer.digest,
          .media_type = is_blob ? kBlobType : std::string_view{answer.media_type},
          .size = answer.size,
          .tag = by_tag ? target.reference : std::string_view{}});
}

} // namespace strata::registry::api
