// SPDX-License-Identifier: Apache-2.0
//
// Everything that is listed, in pages: repositories, tags, referrers, search results.
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/strings.hpp"
#include "oci/media_type.hpp"
#include "registry/api/handlers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace strata::registry::api::listings {
namespace {

constexpr std::size_t kDefaultPage = 100; // of the catalog, as Distribution
constexpr std::size_t kReferrersPage = 1000;
/// Of a list of tags that is asked for without n: Distribution gives all of them, which is as good
/// for all but the largest repositories; those have a Link to the next page.
constexpr std::size_t kTagsPage = 10'000;

/// ?n=; nothing without one, or with an empty one. More than `most` (0: no bound) is an error, as
/// in Distribution.
std::optional<std::size_t> page_size(const Call& call, std::size_t most)
{
    const auto text = call.parameter("n");
    if (!text || text->empty()) {
        return std::nullopt;
    }
    const auto n = parse_integer<std::uint32_t>(*text);
    if (!n || (most > 0 && *n > most)) {
        throw Refused{Code::pagination_invalid,
                      {},
                      fmt::format(R"({{"n":{}}})", json::quote(text->substr(0, 100)))};
    }
    return *n;
}

std::string last(const Call& call)
{
    return std::string{call.parameter("last").value_or("")};
}

/// RFC 8288, without a host: every client resolves it against what it asked for.
void link_next(http::Response& response, const Call& call, std::string_view path,
               std::optional<std::size_t> n, std::string_view last, std::string_view more = {})
{
    response.field("Link", fmt::format(R"(<{}?last={}{}{}>; rel="next")", call.url(path),
                                       http::percent_encode(last),
                                       n ? fmt::format("&n={}", *n) : "", more));
}

std::string quoted_list(const std::vector<std::string>& names)
{
    std::string text = "[";
    for (const std::string& name : names) {
        text += text.size() > 1 ? "," : "";
        text += json::quote(name);
    }
    return text + "]";
}

/// Of the request, for an upstream: all of it but what said which upstream is meant.
std::string query_for_upstream(const Call& call)
{
    std::string query;
    for (const auto& [name, value] : call.parameters) {
        if (name != "ns") {
            query += fmt::format("{}{}={}", query.empty() ? "" : "&", http::percent_encode(name),
                                 http::percent_encode(value));
        }
    }
    return query;
}

/// The upstream's next page is ours.
void link_next_there(http::Response& response, const Call& call, std::string_view path,
                     std::string_view query)
{
    if (!query.empty()) {
        response.field("Link", fmt::format(R"(<{}?{}>; rel="next")", call.url(path), query));
    }
}

/// Whether the upstream was asked by `ask`. It is not for what is no mirror; and where it cannot
/// be, what is here is given out, if there is anything.
template <typename Ask>
bool asked_upstream(const Call& call, Ask&& ask)
{
    if (!call.is_mirror()) {
        return false;
    }
    try {
        ask(*call.services.proxy, query_for_upstream(call));
        return true;
    } catch (const Error&) {
        if (!call.services.metadata.has_repository(call.repository())) {
            throw;
        }
        return false;
    }
}

[[noreturn]] void no_such_repository(const Call& call)
{
    throw Refused{
        Code::name_unknown, {}, fmt::format(R"({{"name":{}}})", json::quote(call.repository()))};
}

http::Response tags_answer(const Call& call, const std::vector<TagName>& tags)
{
    return json_answer(200, fmt::format("{{\"name\":{},\"tags\":{}}}\n",
                                        json::quote(call.repository()), quoted_list(tags)));
}

http::Response referrers_answer(http::SharedText index, bool filtered)
{
    http::Response response{.status = 200};
    response.body = std::move(index);
    response.field("Content-Type", std::string{oci::media_type::kIndex});
    if (filtered) {
        response.field("OCI-Filters-Applied", "artifactType");
    }
    return response;
}

/// The next repositories that the caller may pull from, one more than `n` if there are more.
std::vector<std::string> readable_repositories(const Call& call, std::size_t n)
{
    std::vector<std::string> readable;
    Page page{.last = last(call), .limit = n + 1};
    while (readable.size() <= n) {
        const std::vector<std::string> names = call.services.metadata.list_repositories(page);
        std::ranges::copy_if(names, std::back_inserter(readable),
                             [&](const std::string& name) { return call.caller.may_see(name); });
        if (names.size() < page.limit) {
            break;
        }
        page.last = names.back();
    }
    return readable;
}

/// The best matches that the caller may see, and how many there are. What is hidden must not show
/// in what is left out either: with n=1 a better match would push out the caller's own repository.
std::pair<std::vector<std::string>, std::uint64_t>
readable_matches(const Call& call, std::string_view term, std::size_t limit)
{
    constexpr std::size_t kAtOnce = 10'000;
    std::vector<std::string> readable;
    Page page{.last = {}, .limit = limit};
    for (;;) {
        const auto [names, total] = call.services.metadata.search(term, page);
        std::ranges::copy_if(names, std::back_inserter(readable),
                             [&](const std::string& name) { return call.caller.may_see(name); });
        const bool all_seen = readable.size() == names.size() && page.last.empty() &&
                              !call.services.config.access.restricted &&
                              call.caller.may({.kind = Need::Kind::catalog});
        if (all_seen) {
            return {std::move(readable), total};
        }
        if (readable.size() >= limit || names.size() < page.limit) {
            readable.resize(std::min(readable.size(), limit));
            const std::uint64_t shown = readable.size();
            return {std::move(readable), shown};
        }
        page = {.last = names.back(), .limit = kAtOnce};
    }
}

} // namespace

http::Response catalog(Call& call)
{
    const std::size_t most = call.services.config.catalog_max_entries;
    const std::size_t n =
        page_size(call, most).value_or(most > 0 ? std::min(most, kDefaultPage) : kDefaultPage);
    std::vector<std::string> names =
        n == 0 ? std::vector<std::string>{} : readable_repositories(call, n);
    const bool more = names.size() > n;
    names.resize(std::min(names.size(), n));
    http::Response response =
        json_answer(200, fmt::format("{{\"repositories\":{}}}\n", quoted_list(names)));
    if (more) {
        link_next(response, call, "/v2/_catalog", n, names.back());
    }
    return response;
}

http::Response tags(Call& call)
{
    // Unlike the catalog's, more than is given at once is no error: clients ask for 10,000 tags,
    // and go on at the Link.
    auto n = page_size(call, 0);
    if (n) {
        n = std::min(*n, call.services.config.tags_max);
    }
    const std::string path = fmt::format("/v2/{}/tags/list", call.repository());
    std::optional<Proxy::Tags> there;
    if (asked_upstream(call, [&](Proxy& proxy, const std::string& query) {
            there = proxy.list_tags(call.repository(), query);
        })) {
        if (!there) {
            no_such_repository(call);
        }
        http::Response response = tags_answer(call, there->names);
        link_next_there(response, call, path, there->next);
        return response;
    }
    const std::size_t limit = n.value_or(kTagsPage);
    auto tags = call.services.metadata.list_tags(call.repository(),
                                                 {.last = last(call), .limit = limit + 1});
    if (!tags) {
        no_such_repository(call);
    }
    const bool more = limit > 0 && tags->size() > limit;
    tags->resize(std::min(tags->size(), limit));
    http::Response response = tags_answer(call, *tags);
    if (more) {
        link_next(response, call, path, n, tags->back());
    }
    return response;
}

http::Response referrers(Call& call)
{
    const Digest subject = call.digest();
    const std::string_view type = call.parameter("artifactType").value_or("");
    const std::string path = fmt::format("/v2/{}/referrers/{}", call.repository(), subject.str());
    const std::size_t limit = std::min(page_size(call, 0).value_or(kReferrersPage), kReferrersPage);
    std::optional<Proxy::List> there;
    if (asked_upstream(call,
                       [&](Proxy& proxy, const std::string& query) {
                           there = proxy.list_referrers(call.repository(), subject, query);
                       }) &&
        there) {
        http::Response response = referrers_answer(there->body, there->filtered);
        link_next_there(response, call, path, there->next);
        return response;
    }
    const auto entries = call.services.metadata.list_referrers(
        call.repository(), subject, type, {.last = last(call), .limit = limit + 1});
    std::string body = fmt::format(R"({{"schemaVersion":2,"mediaType":"{}","manifests":[)",
                                   oci::media_type::kIndex);
    const std::size_t shown = std::min(entries.size(), limit);
    for (std::size_t i = 0; i < shown; ++i) {
        const Referrer& entry = entries[i];
        body += fmt::format(R"({}{{"mediaType":{},"digest":"{}","size":{})", i > 0 ? "," : "",
                            json::quote(entry.media_type), entry.digest.str(), entry.size);
        if (!entry.artifact_type.empty()) {
            body += ",\"artifactType\":" + json::quote(entry.artifact_type);
        }
        if (!entry.annotations.empty()) {
            body += ",\"annotations\":" + entry.annotations;
        }
        body += '}';
    }
    http::Response response =
        referrers_answer(std::make_shared<const std::string>(body + "]}"), !type.empty());
    if (limit > 0 && entries.size() > limit) {
        link_next(response, call, path, limit, entries[limit - 1].digest.str(),
                  type.empty() ? "" : "&artifactType=" + http::percent_encode(type));
    }
    return response;
}

/// Docker's search of version 1, which `docker search host/term` still speaks.
http::Response search(Call& call)
{
    if (!call.services.config.search) {
        throw Refused{Code::unsupported, "searching is switched off: strata.search.enabled"};
    }
    constexpr std::size_t kDefaultResults = 25;
    constexpr std::size_t kMostResults = 100;
    const std::string_view term = call.parameter("q").value_or("");
    const std::size_t asked = page_size(call, 0).value_or(kDefaultResults);
    const std::size_t limit = std::clamp<std::size_t>(asked, 1, kMostResults);
    const auto [names, total] = readable_matches(call, term, limit);
    std::string results;
    for (const std::string& name : names) {
        results += fmt::format(R"({}{{"name":{},"description":"","star_count":0,)"
                               R"("is_official":false,"is_automated":false}})",
                               results.empty() ? "" : ",", json::quote(name));
    }
    return json_answer(200, fmt::format("{{\"query\":{},\"num_results\":{},\"num_pages\":{},"
                                        "\"page\":1,\"page_size\":{},\"results\":[{}]}}\n",
                                        json::quote(term), total, (total + limit - 1) / limit,
                                        limit, results));
}

} // namespace strata::registry::api::listings
