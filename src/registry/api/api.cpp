// SPDX-License-Identifier: Apache-2.0
#include "registry/api/api.hpp"

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/strings.hpp"
#include "oci/media_type.hpp"
#include "registry/api/accept.hpp"
#include "registry/api/events.hpp"
#include "registry/api/ranges.hpp"
#include "registry/api/routes.hpp"
#include "registry/api/urls.hpp"
#include "registry/auth/credentials.hpp"
#include "registry/auth/rules.hpp"
#include "registry/names.hpp"

#include <algorithm>

namespace strata::registry::api {
namespace {

using http::Method;

http::SharedText common_fields(const HttpConfig& config)
{
    std::string text = "Docker-Distribution-API-Version: registry/2.0\r\n";
    constexpr std::string_view kSniffing = "X-Content-Type-Options";
    if (std::ranges::none_of(config.headers, [&](const http::Field& field) {
            return equal_ignoring_case(field.name, kSniffing);
        })) {
        text += fmt::format("{}: nosniff\r\n", kSniffing);
    }
    for (const http::Field& field : config.headers) {
        text += fmt::format("{}: {}\r\n", field.name, field.value);
    }
    return std::make_shared<const std::string>(std::move(text));
}

/// Of answers in the caches: whoever gets one at its very end still has the other half of what a
/// look-up assures.
std::chrono::nanoseconds lifetime(const Config& config)
{
    return assured_after_asking(config.collection.grace) / 2;
}

bool is_reading(Method method)
{
    return method == Method::get || method == Method::head;
}

bool bears_token(const http::Request& request)
{
    return parse_bearer(request.field("Authorization").value_or("")).has_value();
}

/// What a token should be for: what the request needs, and what it could make use of.
std::vector<Need> worth_asking_for(const Route& route, const Call& call)
{
    std::vector<Need> wanted = needs(route, call);
    const auto from = call.parameter("from");
    if (route.endpoint == Endpoint::uploads && route.method == Method::post &&
        call.parameter("mount") && from && is_repository_name(*from)) {
        wanted.push_back({Need::Kind::repository, std::string{*from}, Action::pull});
    }
    return wanted;
}

/// What the protocol says of a failure inside. `not found` means something else on every endpoint,
/// and only the table knows what. No `default`: a new Errc must be decided here to compile.
Refused refusal_for(const Error& error, const Route& route)
{
    switch (error.code()) {
    case Errc::not_found:
        return Refused{route.when_not_found, error.message()};
    case Errc::invalid_argument:
        return Refused{Code::unknown, error.message()}.status(400);
    case Errc::unauthorized:
        return Refused{Code::unauthorized, error.message()};
    case Errc::denied:
        return Refused{Code::denied, error.message()};
    case Errc::unsupported:
        return Refused{Code::unsupported, error.message()};
    case Errc::already_exists:
    case Errc::conflict:
        return Refused{Code::unsupported, error.message()}.status(409);
    case Errc::unavailable:
    case Errc::cancelled:
        return Refused{Code::unavailable, error.message()}.field("Retry-After", "1");
    case Errc::exhausted:
        return Refused{Code::unavailable, error.message()}.status(507);
    case Errc::corrupt:
    case Errc::internal:
        break;
    }
    return Refused{Code::unknown, "the registry failed; its log says why"};
}

/// Names, digests and ids are checked before anything is looked up with them.
void check_target(const Target& target)
{
    if (!target.name.empty() && !is_repository_name(target.name)) {
        throw Refused{Code::name_invalid};
    }
}

/// HEAD is answered as GET, without the body.
void drop_body(http::Response& response)
{
    if (const auto* const text = std::get_if<std::string>(&response.body)) {
        response.length_of_nothing = text->size();
    } else if (const auto* const shared = std::get_if<http::SharedText>(&response.body)) {
        response.length_of_nothing = (*shared)->size();
    } else if (const auto* const file = std::get_if<http::FileRange>(&response.body)) {
        response.length_of_nothing = file->length;
    }
    response.body = std::monostate{};
}

/// Whether If-None-Match names what we have (RFC 9110 §13.1.2).
bool has_it_already(const http::Request& request, std::string_view etag)
{
    const auto field = request.field("if-none-match");
    return field && (trim(*field) == "*" || field->find(etag) != field->npos);
}

} // namespace

// --- what exists ---------------------------------------------------------------------------------

http::Response respond(const Answer& answer, const http::Request& request)
{
    http::Response response{.prepared_fields = answer.fields};
    if (has_it_already(request, answer.etag)) {
        response.status = 304;
        return response;
    }
    ByteRange range{0, answer.size};
    const auto* const file = std::get_if<std::shared_ptr<const sys::Fd>>(&answer.body);
    const bool is_blob = answer.media_type.empty();
    const auto asked =
        is_blob && request.method() == Method::get ? request.field("range") : std::nullopt;
    if (asked && request.field("if-range").value_or(answer.etag) == answer.etag) {
        const RangeRequest wanted = parse_range(*asked, answer.size);
        if (wanted.kind == RangeRequest::Kind::unsatisfiable) {
            response = Refused{Code::range_invalid, "the blob has no such bytes"}.response();
            response.field("Content-Range", fmt::format("bytes */{}", answer.size));
            return response;
        }
        if (wanted.kind == RangeRequest::Kind::part) {
            range = wanted.range;
            response.status = 206;
            response.field("Content-Range",
                           fmt::format("bytes {}-{}/{}", range.offset,
                                       range.offset + range.length - 1, answer.size));
        }
    }
    if (request.method() == Method::head) {
        response.length_of_nothing = answer.size;
    } else if (file != nullptr) {
        response.body = http::FileRange{*file, range.offset, range.length};
    } else {
        const http::SharedText& text = std::get<http::SharedText>(answer.body);
        if (range.length == text->size()) {
            response.body = text;
        } else {
            response.body = text->substr(range.offset, range.length);
        }
    }
    return response;
}

// --- the API -------------------------------------------------------------------------------------

Api::Api(const Services& services)
    : services_{services}
    , rules_{services.config.validation}
    , manifests_{{.bytes = 16 << 20, .entries = 8192, .lifetime = lifetime(services.config)}}
    , blobs_{{.bytes = 8 << 20, .entries = 512, .lifetime = lifetime(services.config)}}
    , common_fields_{common_fields(services.config.http)}
{
}

http::SharedText Api::prepared_fields(const std::string& own) const
{
    return std::make_shared<const std::string>(own + *common_fields_);
}

std::optional<std::string> Api::own_path(const http::Request& request) const
{
    std::optional<std::string> path = http::percent_decode(request.path());
    std::string_view prefix = services_.config.http.prefix;
    prefix = prefix.substr(0, prefix.find_last_not_of('/') + 1); // "/a/" is before "/v2/"
    if (!path || prefix.empty()) {
        return path;
    }
    if (*path != "/" && path->starts_with(prefix)) {
        return path->substr(prefix.size());
    }
    return *path == "/" ? path : std::nullopt;
}

std::optional<http::Response> Api::answer_at_once(const http::Request& request)
{
    // Only the plainest of requests: what needs decoding can wait for a worker.
    if (!is_reading(request.method()) || !request.query().empty() ||
        request.path().find('%') != request.path().npos ||
        services_.config.http.prefix.size() > 1) {
        return std::nullopt;
    }
    const Target target = parse_target(request.path());
    const bool is_blob = target.endpoint == Endpoint::blob;
    // HEAD of a blob comes from who is about to push, and has to postpone its collection.
    if (!(is_blob && request.method() == Method::get) && target.endpoint != Endpoint::manifest) {
        return std::nullopt;
    }
    const AnswerPtr answer = (is_blob ? blobs_ : manifests_).find(target.name, target.reference);
    services_.metrics.cache(CacheEvent::request);
    if (answer == nullptr) {
        services_.metrics.cache(CacheEvent::miss);
        return std::nullopt;
    }
    const CallerPtr caller = services_.authenticator.recognize(request);
    if (caller == nullptr ||
        !caller->may({Need::Kind::repository, std::string{target.name}, Action::pull})) {
        return std::nullopt;
    }
    const bool by_tag = !is_blob && target.reference.find(':') == target.reference.npos;
    if (by_tag && oci::is_index(answer->media_type) && takes_no_index(request)) {
        return std::nullopt;
    }
    if (services_.proxy != nullptr && services_.proxy->is_mirror(target.name)) {
        if (by_tag && !services_.proxy->is_fresh(target.name, target.reference)) {
            return std::nullopt;
        }
        if (is_blob) {
            services_.proxy->used(target.name, answer->digest, answer->size);
        }
    }
    services_.metrics.cache(CacheEvent::hit);
    if (request.method() == Method::get) {
        tell_pull(services_, request, *caller, target, *answer);
    }
    http::Response response = respond(*answer, request);
    if (response.prepared_fields == nullptr) { // a refusal: there are no such bytes
        response.prepared_fields = common_fields_;
    }
    return response;
}

http::Response Api::handle(const http::Request& request, http::Body& body)
{
    http::Response response = dispatch(request, body);
    if (response.prepared_fields == nullptr) {
        response.prepared_fields = common_fields_;
    }
    if (request.method() == Method::head) {
        if (!response.length_of_nothing) {
            drop_body(response);
        }
    }
    return response;
}

http::Response Api::dispatch(const http::Request& request, http::Body& body)
{
    const std::optional<std::string> path = own_path(request);
    Target target = path ? parse_target(*path) : Target{};
    if (target.endpoint == Endpoint::none) {
        return Refused{Code::name_unknown, "there is nothing at this path"}.response();
    }
    if (request.method() == Method::options) {
        return http::Response{}.field("Allow", allowed_methods(target.endpoint));
    }
    const Route* const route = find_route(request.method(), target.endpoint);
    if (route == nullptr) {
        return Refused{Code::unsupported}
            .field("Allow", allowed_methods(target.endpoint))
            .response();
    }
    // Outside of the `try`: a refusal speaks of them as well.
    std::optional<Parameters> parameters;
    std::string local;
    try {
        check_target(target);
        parameters = http::parse_query(request.query());
        if (!parameters) {
            throw Refused{Code::unknown, "the query of the URL is malformed"}.status(400);
        }
        const auto ns = parameter(*parameters, "ns");
        local = ns && services_.proxy != nullptr && !target.name.empty()
                    ? services_.proxy->local_name(target.name, *ns)
                    : std::string{target.name};
        target.name = local;
        const CallerPtr caller = services_.authenticator.authenticate(request);
        Call call{*this, services_, request, body, target, *parameters, *caller};
        http::Response response = answer(*route, call);
        if (ns && call.is_mirror()) {
            response.field("OCI-Namespace", std::string{*ns});
        }
        return response;
    } catch (const Refused& refused) {
        return refused.response();
    } catch (const Error& error) {
        if (error.code() == Errc::unauthorized) {
            struct Nobody final : Caller {
                const std::string& name() const noexcept override { return name_; }
                bool may(const Need&) const override { return false; }
                std::string name_;
            };
            const Nobody nobody;
            const Call call{*this, services_, request, body, target, *parameters, nobody};
            return refuse_caller(*route, call, bears_token(request) ? "invalid_token" : "");
        }
        http::Response response = refusal_for(error, *route).response();
        if (response.status == 500) {
            failed(request, error);
        }
        return response;
    }
}

http::Response Api::answer(const Route& route, Call& call)
{
    for (const Need& need : needs(route, call)) {
        if (!call.caller.may(need)) {
            return refuse_caller(route, call,
                                 bears_token(call.request) ? "insufficient_scope" : "");
        }
    }
    if (services_.config.storage.read_only && !is_reading(call.request.method())) {
        throw Refused{Code::unsupported, "the registry is in read-only mode"};
    }
    if ((route.access == Access::push || route.access == Access::remove) && call.is_mirror()) {
        throw Refused{Code::unsupported,
                      "this repository mirrors another registry: push to that one, delete there"};
    }
    return route.handler(call);
}

http::Response Api::refuse_caller(const Route& route, const Call& call, std::string_view error)
{
    const std::string challenge =
        services_.authenticator.challenge(call.request, worth_asking_for(route, call), error);
    // A client with a token gets another one for what it lacks; asking somebody who has given a
    // password for a password again would end in a loop.
    if (!call.caller.name().empty() && !challenge.starts_with("Bearer ")) {
        return Refused{Code::denied}.response();
    }
    return Refused{Code::unauthorized}.field("WWW-Authenticate", challenge).response();
}

http::Response Api::refuse(std::uint16_t status, std::string_view why)
{
    Code code = Code::unknown;
    if (status == 429) {
        code = Code::too_many_requests;
    } else if (status == 503) {
        code = Code::unavailable;
    } else if (status == 413) {
        code = Code::size_invalid;
    }
    http::Response response = Refused{code, std::string{why}}.status(status).response();
    response.prepared_fields = common_fields_;
    return response;
}

void Api::forget_manifest(std::string_view repository, const Digest& digest,
                          const std::vector<TagName>& tags)
{
    manifests_.forget(repository, digest.str());
    for (const TagName& tag : tags) {
        manifests_.forget(repository, tag);
    }
}

void Api::forget_blob(std::string_view repository, const Digest& digest)
{
    blobs_.forget(repository, digest.str());
}

void Api::forget_everything()
{
    manifests_.forget_all();
    blobs_.forget_all();
}

// --- calls ---------------------------------------------------------------------------------------

std::optional<std::string_view> parameter(const Parameters& parameters, std::string_view name)
{
    const auto found = std::ranges::find(parameters, name, &Parameters::value_type::first);
    return found == parameters.end() ? std::nullopt
                                     : std::optional<std::string_view>{found->second};
}

std::vector<std::string_view> parameters_named(const Parameters& parameters, std::string_view name)
{
    std::vector<std::string_view> values;
    for (const auto& [key, value] : parameters) {
        if (key == name) {
            values.emplace_back(value);
        }
    }
    return values;
}

Digest parse_digest(std::string_view text)
{
    const auto digest = Digest::try_parse(text);
    if (!digest) {
        throw Refused{Code::digest_invalid,
                      fmt::format("{} is not a digest: sha256 or sha512, a colon, and lowercase "
                                  "hexadecimal digits",
                                  json::quote(text.substr(0, 200)))};
    }
    return *digest;
}

Digest Call::digest() const
{
    return parse_digest(target.reference);
}

bool Call::may(std::string_view repository, Action action) const
{
    return caller.may({Need::Kind::repository, std::string{repository}, action});
}

bool Call::is_mirror() const
{
    return services.proxy != nullptr && services.proxy->is_mirror(target.name);
}

std::uint64_t Call::quota() const
{
    const QuotaConfig& quota = services.config.quota;
    for (const auto& [pattern, bytes] : quota.repositories) {
        if (RepositoryPattern::matches(pattern, repository())) {
            return bytes;
        }
    }
    return quota.bytes;
}

std::string Call::url(std::string_view path_and_query) const
{
    return url_for(services.config.http, request, path_and_query);
}

} // namespace strata::registry::api
