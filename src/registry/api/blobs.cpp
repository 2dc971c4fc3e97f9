// SPDX-License-Identifier: Apache-2.0
#include "registry/api/api.hpp"
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

AnswerPtr find(Call& call)
{
    const Digest digest = call.digest();
    const auto ticket = call.api.blobs().ticket(call.repository(), call.target.reference);
    if (!call.services.metadata.find_blob(call.repository(), digest)) {
        unknown(digest);
    }
    const auto open = call.services.files.open(digest);
    if (!open) {
        unknown(digest);
    }
    const auto answer = std::make_shared<const Answer>(Answer{.fields = fields_of(call.api, digest),
                                                              .body = open->file,
                                                              .size = open->size,
                                                              .etag = '"' + digest.str() + '"',
                                                              .media_type = {},
                                                              .digest = digest});
    call.api.blobs().put(call.repository(), call.target.reference, answer, ticket);
    return answer;
}

} // namespace

http::Response get(Call& call)
{
    return respond(*find(call), call.request);
}

http::Response head(Call& call)
{
    const Digest digest = call.digest();
    const auto blob = call.services.metadata.find_blob(call.repository(), digest);
    if (!blob) {
        unknown(digest);
    }
    const Answer answer{.fields = fields_of(call.api, digest),
                        .body = http::SharedText{},
                        .size = blob->size,
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
    return http::Response{.status = 202};
}

} // namespace strata::registry::api::blobs
