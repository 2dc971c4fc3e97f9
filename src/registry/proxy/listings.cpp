// SPDX-License-Identifier: Apache-2.0
//
// Lists come from the upstream, page by page as it gives them: what is here is only what somebody
// has asked for.
#include "base/json.hpp"
#include "base/strings.hpp"
#include "oci/manifest.hpp"
#include "oci/media_type.hpp"
#include "registry/proxy/failures.hpp"
#include "registry/proxy/proxy.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace strata::registry {
namespace {

constexpr std::size_t kMaxList = std::size_t{16} << 20;
constexpr std::chrono::seconds kBelieved{10};
constexpr std::size_t kMostKept = 64;
constexpr std::size_t kLargestKept = std::size_t{64} << 10;

/// The query that asks for the next page: of `<URL>; rel="next"` (RFC 8288). Empty if there is
/// none, or if it asks for the same page again.
std::string next_query(const http::ClientResponse& response, std::string_view this_query)
{
    const std::string_view link = response.field("Link").value_or("");
    const std::size_t open = link.find('<');
    const std::size_t close = link.find('>', open);
    if (open == link.npos || close == link.npos ||
        to_lower(link.substr(close)).find("next") == std::string::npos) {
        return {};
    }
    std::string_view url = link.substr(open + 1, close - open - 1);
    url = url.substr(0, url.find('#'));
    const std::size_t mark = url.find('?');
    const std::string_view query = mark == url.npos ? "" : url.substr(mark + 1);
    return query == this_query ? std::string{} : std::string{query};
}

std::vector<TagName> tags_in(std::string_view body)
{
    std::vector<TagName> tags;
    const auto document = json::parse(body, "list of tags", {.max_bytes = kMaxList});
    const auto list = json::Field{document, "list of tags"}.find("tags"); // null: no tags
    for (const json::Field& tag : list ? list->elements() : std::vector<json::Field>{}) {
        tags.push_back(tag.string());
    }
    return tags;
}

} // namespace

std::optional<Proxy::List> Proxy::list(const Mirror& mirror, std::string_view repository,
                                       std::string_view path, std::string_view query)
{
    const std::string key = fmt::format("{} {}?{}", repository, path, query);
    const Turn turn{*this, key};
    {
        const std::scoped_lock lock{mutex_};
        const auto kept = lists_.find(key);
        if (kept != lists_.end() && Clock::now() - kept->second.when < kBelieved) {
            return kept->second.list;
        }
    }
    const http::ClientResponse response =
        ask(mirror, "GET", fmt::format("{}{}{}", path, query.empty() ? "" : "?", query));
    if (response.status == 404) {
        return std::nullopt;
    }
    List list{.next = next_query(response, query),
              .filtered = response.field("OCI-Filters-Applied").has_value()};
    list.body = from_upstream([&] {
        return std::make_shared<const std::string>(io::read_all(*response.body, kMaxList));
    });
    if (list.body->size() <= kLargestKept) {
        const std::scoped_lock lock{mutex_};
        if (lists_.size() >= kMostKept) {
            lists_.clear();
        }
        lists_.insert_or_assign(key, KeptList{list, Clock::now()});
    }
    return list;
}

std::optional<Proxy::Tags> Proxy::list_tags(std::string_view repository, std::string_view query)
{
    const Mirror mirror = mirror_of(repository);
    return logged(fmt::format("{}: tags", repository), [&]() -> std::optional<Tags> {
        const auto page = list(mirror, repository, "tags/list", query);
        if (!page) {
            return std::nullopt;
        }
        return Tags{from_upstream([&] { return tags_in(*page->body); }), page->next};
    });
}

std::optional<Proxy::List> Proxy::list_referrers(std::string_view repository, const Digest& subject,
                                                 std::string_view query)
{
    const Mirror mirror = mirror_of(repository);
    return logged(fmt::format("{}@{}: referrers", repository, subject), [&] {
        auto page = list(mirror, repository, fmt::format("referrers/{}", subject), query);
        if (page) {
            from_upstream([&] { oci::Index::parse(*page->body, oci::media_type::kIndex); });
            return page;
        }
        return list_tagged_referrers(repository, subject);
    });
}

/// What a registry without the list has instead: a tag that its clients keep (distribution-spec,
/// "Referrers Tag Schema").
std::optional<Proxy::List> Proxy::list_tagged_referrers(std::string_view repository,
                                                        const Digest& subject)
{
    std::string tag = subject.str();
    std::ranges::replace(tag, ':', '-');
    if (!fresh_tag(repository, tag)) {
        return std::nullopt;
    }
    const auto manifest = parts_.metadata.find_tag(repository, tag);
    if (!manifest || !oci::is_index(manifest->media_type)) {
        return std::nullopt;
    }
    return List{.body = manifest->bytes};
}

} // namespace strata::registry
