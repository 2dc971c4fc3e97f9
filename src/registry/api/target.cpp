// SPDX-License-Identifier: Apache-2.0
#include "registry/api/target.hpp"

#include <array>
#include <utility>

namespace strata::registry::api {
namespace {

/// What is before the last slash and after it.
std::pair<std::string_view, std::string_view> cut_last(std::string_view path) noexcept
{
    const std::size_t slash = path.rfind('/');
    return slash == path.npos ? std::pair{std::string_view{}, path}
                              : std::pair{path.substr(0, slash), path.substr(slash + 1)};
}

/// `path` without `end`, if it ends so and something is left.
bool strip(std::string_view& path, std::string_view end) noexcept
{
    if (path.size() <= end.size() || !path.ends_with(end)) {
        return false;
    }
    path.remove_suffix(end.size());
    return true;
}

Target below_repository(std::string_view path) noexcept
{
    std::string_view name = path;
    if (strip(name, "/tags/list")) {
        return {Endpoint::tags, name};
    }
    if (strip(name, "/_oci/ext/discover")) {
        return {Endpoint::discover_repository, name};
    }
    if (strip(name, "/blobs/uploads/") || strip(name, "/blobs/uploads")) {
        return {Endpoint::uploads, name};
    }
    const auto [front, last] = cut_last(path);
    name = front;
    if (strip(name, "/blobs/uploads")) {
        return {Endpoint::upload, name, last};
    }
    if (strip(name, "/blobs")) {
        return {Endpoint::blob, name, last};
    }
    if (strip(name, "/manifests")) {
        return {Endpoint::manifest, name, last};
    }
    if (strip(name, "/referrers")) {
        return {Endpoint::referrers, name, last};
    }
    return {};
}

constexpr auto kFixed = std::to_array<std::pair<std::string_view, Endpoint>>({
    {"/", Endpoint::root},
    {"/v2/", Endpoint::base},
    {"/v2", Endpoint::base},
    {"/v2/_catalog", Endpoint::catalog},
    {"/v2/_oci/ext/discover", Endpoint::discover},
    {"/v1/_ping", Endpoint::ping_v1},
    {"/v1/search", Endpoint::search_v1},
});

} // namespace

std::string_view pattern(Endpoint endpoint) noexcept
{
    // clang-format off
    switch (endpoint) {
    case Endpoint::none:                return {};
    case Endpoint::root:                return "/";
    case Endpoint::base:                return "/v2/";
    case Endpoint::catalog:             return "/v2/_catalog";
    case Endpoint::discover:            return "/v2/_oci/ext/discover";
    case Endpoint::ping_v1:             return "/v1/_ping";
    case Endpoint::search_v1:           return "/v1/search";
    case Endpoint::blob:                return "/v2/{name}/blobs/{digest}";
    case Endpoint::uploads:             return "/v2/{name}/blobs/uploads/";
    case Endpoint::upload:              return "/v2/{name}/blobs/uploads/{upload}";
    case Endpoint::manifest:            return "/v2/{name}/manifests/{reference}";
    case Endpoint::referrers:           return "/v2/{name}/referrers/{digest}";
    case Endpoint::tags:                return "/v2/{name}/tags/list";
    case Endpoint::discover_repository: return "/v2/{name}/_oci/ext/discover";
    }
    // clang-format on
    return {};
}

Target parse_target(std::string_view path) noexcept
{
    for (const auto& [fixed, endpoint] : kFixed) {
        if (path == fixed) {
            return {endpoint};
        }
    }
    if (!path.starts_with("/v2/")) {
        return {};
    }
    return below_repository(path.substr(4));
}

} // namespace strata::registry::api
