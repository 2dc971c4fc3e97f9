// SPDX-License-Identifier: Apache-2.0
#include "registry/api/api.hpp"
#include "registry/api/events.hpp"
#include "registry/api/handlers.hpp"

#include <fmt/format.h>

namespace strata::registry::api::blobs {
namespace {

/// What goes out with a blob. It never changes, so everybody may keep it as long as they like.
http::SharedText fields_of(const Api& api, const Digest& digest)
{
    const std::string name = digest.str();
    return api.prepared_fields(fmt::format("Content-Type: application/octet-stream\r\n"
                                           "Docker-Content-Digest: {}\r\n"
                                           "ETag: \"{}\"\r\n"
                                           "Accept-Ranges: bytes\r\n"
                                           "Cache-Control: max-age=31536000\r\n",
                                           name, name));
}

[[noreturn]] void unknown(const Digest& digest)
{
    throw Refused{Code::blob_unknown, {}, fmt::format(R"({{"digest":"{}"}})", digest.str())};
}

/// Null if the repository does not hold it.
AnswerPtr find(Call& call)
{
    const Digest digest = call.digest();
    const auto ticket = call.api.blobs().ticket(call.repository(), call.target.reference);
    if (!call.services.metadata.find_blob(call.repository(), digest)) {
        return nullptr;
    }
    const auto open = call.services.files.open(digest);
    if (!open) {
        return nullptr;
    }
    auto answer = std::make_shared<const Answer>(Answer{.fields = fields_of(call.api, digest),
                                                        .body = open->file,
                                                        .size = open->size,
                                                        .etag = '"' + digest.str() + '"',
                                                        .media_type = {},
                                                        .digest = digest});
    call.api.blobs().put(call.repository(), call.target.reference, answer, ticket);
    return answer;
}

/// What is not here yet goes out as it comes in from the upstream. Nothing if there is none, or if
/// it is here by now.
std::optional<http::Response> pass_through(Call& call)
{
    const Digest digest = call.digest();
    Proxy& proxy = *call.services.proxy;
    if (call.request.field("range")) {
        proxy.fetch_blob(call.repository(), digest);
        return std::nullopt;
    }
    Proxy::Stream stream = proxy.stream_blob(call.repository(), digest);
    if (!stream.body) {
        return std::nullopt;
    }
    http::Response response{.prepared_fields = fields_of(call.api, digest)};
    response.body = std::move(*stream.body);
    return response;
}

/// How long it is; nothing if there is none, not even upstream.
std::optional<std::uint64_t> size_of(const Call& call, const Digest& digest)
{
    if (const auto blob = call.services.metadata.find_blob(call.repository(), digest)) {
        return blob->size;
    }
    return call.is_mirror() ? call.services.proxy->blob_size(call.repository(), digest)
                            : std::nullopt;
}

} // namespace

http::Response get(Call& call)
{
    AnswerPtr answer = find(call);
    if (answer == nullptr && call.is_mirror()) {
        if (auto passing = pass_through(call)) {
            return std::move(*passing);
        }
        answer = find(call);
    }
    if (answer == nullptr) {
        unknown(call.digest());
    }
    if (call.is_mirror()) {
        call.services.proxy->used(call.repository(), answer->digest, answer->size);
    }
    tell_pull(call.services, call.request, call.caller, call.target, *answer);
    return respond(*answer, call.request);
}

http::Response head(Call& call)
{
    const Digest digest = call.digest();
    const auto size = size_of(call, digest);
    if (!size) {
        unknown(digest);
    }
    const Answer answer{.fields = fields_of(call.api, digest),
                        .body = http::SharedText{},
                        .size = *size,
                        .etag = '"' + digest.str() + '"',
                        .media_type = {},
                        .digest = digest};
    return respond(answer, call.request);
}

http::Response remove(Call& call)
{
    const Digest digest = call.digest();
    if (!call.services.config.storage.allow_delete) {
        throw Refused{Code::unsupported, "deleting is switched off: storage.delete.enabled"};
    }
    const bool was_there = call.services.metadata.remove_blob(call.repository(), digest);
    call.api.forget_blob(call.repository(), digest);
    if (!was_there) {
        unknown(digest);
    }
    tell(call,
         {.action = Event::Action::remove, .repository = call.repository(), .digest = digest});
    return http::Response{.status = 202};
}

} // namespace strata::registry::api::blobs
