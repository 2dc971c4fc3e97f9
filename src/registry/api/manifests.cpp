// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/size.hpp"
#include "oci/media_type.hpp"
#include "registry/api/accept.hpp"
#include "registry/api/api.hpp"
#include "registry/api/events.hpp"
#include "registry/api/handlers.hpp"
#include "registry/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace strata::registry::api::manifests {
namespace {

bool is_digest(std::string_view reference)
{
    return reference.find(':') != reference.npos;
}

[[noreturn]] void unknown(const Call& call)
{
    throw Refused{Code::manifest_unknown,
                  {},
                  fmt::format(R"({{"name":{},"reference":{}}})", json::quote(call.repository()),
                              json::quote(call.target.reference.substr(0, 200)))};
}

AnswerPtr prepare(const Api& api, const Manifest& manifest)
{
    const std::string digest = manifest.digest.str();
    return std::make_shared<const Answer>(
        Answer{.fields = api.prepared_fields(fmt::format("Content-Type: {}\r\n"
                                                         "Docker-Content-Digest: {}\r\n"
                                                         "ETag: \"{}\"\r\n",
                                                         manifest.media_type, digest, digest)),
               .body = manifest.bytes,
               .size = manifest.bytes->size(),
               .etag = '"' + digest + '"',
               .media_type = manifest.media_type,
               .digest = manifest.digest});
}

std::optional<Manifest> look_up(const Call& call)
{
    if (is_digest(call.target.reference)) {
        const Digest digest = call.digest();
        call.services.metadata.postpone_manifest(call.repository(), digest);
        return call.services.metadata.find_manifest(call.repository(), digest);
    }
    if (!is_tag_name(call.target.reference)) {
        return std::nullopt; // such a tag cannot be there
    }
    return call.services.metadata.find_tag(call.repository(), call.target.reference);
}

/// From the upstream, if it is not here or may be another one by now.
void bring_here(const Call& call)
{
    if (!is_digest(call.target.reference)) {
        if (is_tag_name(call.target.reference)) {
            call.services.proxy->fresh_tag(call.repository(), call.target.reference);
        }
    } else if (!call.services.metadata.find_manifest(call.repository(), call.digest())) {
        call.services.proxy->fetch_manifest(call.repository(), call.digest());
    }
}

AnswerPtr find(Call& call)
{
    AnswerCache& cache = call.api.manifests();
    if (call.is_mirror()) {
        bring_here(call);
    }
    const auto ticket = cache.ticket(call.repository(), call.target.reference);
    const auto manifest = look_up(call);
    if (!manifest) {
        unknown(call);
    }
    AnswerPtr answer = prepare(call.api, *manifest);
    cache.put(call.repository(), call.target.reference, answer, ticket);
    return answer;
}

/// The image that a client gets which has never heard of indexes; the index if there is none.
AnswerPtr without_index(const Call& call, AnswerPtr index)
{
    const auto image = default_image_of(*std::get<http::SharedText>(index->body));
    const auto manifest =
        image ? call.services.metadata.find_manifest(call.repository(), *image) : std::nullopt;
    return manifest ? prepare(call.api, *manifest) : std::move(index);
}

/// Reads what was sent, whole. Throws Refused when it is too long.
std::shared_ptr<const std::string> read_manifest(Call& call)
{
    const std::uint64_t limit = call.services.config.limits.manifest_bytes;
    const auto too_long = [&] {
        return Refused{Code::size_invalid,
                       fmt::format("the manifest is longer than {} bytes", limit)}
            .status(413);
    };
    if (call.request.content_length().value_or(0) > limit) {
        throw too_long();
    }
    try {
        return std::make_shared<const std::string>(io::read_all(call.body, limit));
    } catch (const Error& error) {
        if (error.code() == Errc::exhausted) {
            throw too_long();
        }
        throw;
    }
}

/// The tags that the request names, in the path or in its query.
std::vector<TagName> tags_of(const Call& call)
{
    std::vector<TagName> tags;
    if (!is_digest(call.target.reference)) {
        tags.emplace_back(call.target.reference);
    } else {
        for (const std::string_view tag : parameters_named(call.parameters, "tag")) {
            if (std::ranges::find(tags, tag) == tags.end()) {
                tags.emplace_back(tag);
            }
        }
    }
    for (const TagName& tag : tags) {
        if (!is_tag_name(tag)) {
            throw Refused{Code::tag_invalid,
                          fmt::format("{} is not a tag", json::quote(tag.substr(0, 200)))};
        }
    }
    return tags;
}

/// What the path says the digest is, or the sha256.
Digest check_digest(const Call& call, std::string_view bytes)
{
    if (!is_digest(call.target.reference)) {
        return Digest::of(bytes);
    }
    const Digest stated = call.digest();
    const Digest actual = digest_like(stated, bytes);
    if (stated != actual) {
        throw Refused{Code::digest_invalid,
                      fmt::format("the digest of what was sent is {}", actual.str())};
    }
    return stated;
}

[[noreturn]] void refuse_missing(std::span<const Digest> missing)
{
    constexpr std::size_t kMostNamed = 100; // a manifest of 4 MiB may name twenty thousand
    std::vector<Complaint> complaints;
    for (const Digest& digest : missing.first(std::min(missing.size(), kMostNamed))) {
        complaints.push_back({Code::manifest_blob_unknown,
                              fmt::format("blob unknown to registry: {}", digest.str()),
                              fmt::format(R"({{"digest":"{}"}})", digest.str())});
    }
    if (missing.size() > kMostNamed) {
        const std::size_t more = missing.size() - kMostNamed;
        complaints.push_back({Code::manifest_blob_unknown,
                              fmt::format("and {} more blobs unknown to registry", more),
                              fmt::format(R"({{"more":{}}})", more)});
    }
    throw Refused{std::move(complaints)};
}

/// Told in time, a quota is no surprise (distribution-spec, "Warnings": the code is always 299, and
/// the agent a dash).
void warn_of_quota(http::Response& response, const Call& call, std::uint64_t held)
{
    const std::uint64_t quota = call.quota();
    if (quota != 0 && held >= quota - quota / 10) {
        response.field("Warning",
                       fmt::format("299 - \"repository {} holds {} of the {} of its quota\"",
                                   call.repository(), binary_size(static_cast<double>(held)),
                                   binary_size(static_cast<double>(quota))));
    }
}

} // namespace

http::Response get(Call& call)
{
    AnswerPtr answer = find(call);
    if (!is_digest(call.target.reference) && oci::is_index(answer->media_type) &&
        takes_no_index(call.request)) {
        answer = without_index(call, std::move(answer));
    }
    if (call.request.method() == http::Method::get) {
        tell_pull(call.services, call.request, call.caller, call.target, *answer);
    }
    return respond(*answer, call.request);
}

http::Response put(Call& call)
{
    const std::vector<TagName> tags = tags_of(call);
    if (is_digest(call.target.reference)) {
        call.digest(); // malformed: refused before anything is read
    }
    const auto bytes = read_manifest(call);
    const Digest digest = check_digest(call, *bytes);
    const NewManifest manifest = understand_manifest(
        digest, bytes, call.request.field("content-type").value_or(""), call.api.rules());
    const Metadata::Put put =
        call.services.metadata.put_manifest(call.repository(), manifest, tags, call.quota());
    call.api.forget_manifest(call.repository(), digest, tags);
    if (!put.missing.empty()) {
        refuse_missing(put.missing);
    }
    for (const TagName& tag : tags.empty() ? std::vector<TagName>{""} : tags) {
        tell(call, {.action = Event::Action::push,
                    .repository = call.repository(),
                    .digest = digest,
                    .media_type = manifest.media_type,
                    .size = bytes->size(),
                    .tag = tag,
                    .references = &manifest.references});
    }
    http::Response response{.status = 201};
    response.field("Location",
                   call.url(fmt::format("/v2/{}/manifests/{}", call.repository(), digest.str())));
    response.field("Docker-Content-Digest", digest.str());
    if (manifest.subject) {
        response.field("OCI-Subject", manifest.subject->str());
    }
    if (is_digest(call.target.reference)) {
        for (const TagName& tag : tags) {
            response.field("OCI-Tag", tag);
        }
    }
    warn_of_quota(response, call, put.held);
    return response;
}

http::Response remove(Call& call)
{
    Metadata& metadata = call.services.metadata;
    if (!call.services.config.storage.allow_delete) {
        throw Refused{Code::unsupported, "deleting is switched off: storage.delete.enabled"};
    }
    if (!is_digest(call.target.reference)) {
        if (!is_tag_name(call.target.reference)) {
            throw Refused{Code::tag_invalid};
        }
        const auto digest = metadata.remove_tag(call.repository(), call.target.reference);
        call.api.manifests().forget(call.repository(), call.target.reference);
        if (!digest) {
            unknown(call);
        }
        tell(call, {.action = Event::Action::remove,
                    .repository = call.repository(),
                    .tag = call.target.reference});
        return http::Response{.status = 202};
    }
    const Digest digest = call.digest();
    const auto tags = metadata.remove_manifest(call.repository(), digest);
    call.api.forget_manifest(call.repository(), digest, tags.value_or(std::vector<TagName>{}));
    if (!tags) {
        unknown(call);
    }
    tell(call,
         {.action = Event::Action::remove, .repository = call.repository(), .digest = digest});
    for (const TagName& tag : *tags) {
        tell(call, {.action = Event::Action::remove, .repository = call.repository(), .tag = tag});
    }
    return http::Response{.status = 202};
}

} // namespace strata::registry::api::manifests
