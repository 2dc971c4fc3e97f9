// SPDX-License-Identifier: Apache-2.0
//
// Every endpoint of the registry, on one screen. Api dispatches from this table and reads it for
// the access check before a handler runs.
#include "registry/api/routes.hpp"

#include "registry/api/handlers.hpp"

#include <algorithm>
#include <array>

namespace strata::registry::api {
namespace {

using http::Method;
using enum Endpoint;
using enum Code;

constexpr auto kPull = Access::pull;
constexpr auto kPush = Access::push;
constexpr auto kRemove = Access::remove;

// clang-format off
constexpr auto kRoutes = std::to_array<Route>({
    // method         endpoint             access           what "not found" means  handler               summary
    {Method::get,     root,                Access::none,    name_unknown,           system::alive,        "Is anybody there?"},
    {Method::get,     base,                Access::login,   name_unknown,           system::base,         "Check the API version"},
    {Method::get,     Endpoint::catalog,   Access::catalog, name_unknown,           listings::catalog,    "List repositories"},
    {Method::get,     discover,            Access::login,   name_unknown,           system::discover,     "List extensions"},
    {Method::get,     ping_v1,             Access::none,    name_unknown,           system::ping_v1,      "Does this registry search?"},
    {Method::get,     search_v1,           Access::search,  name_unknown,           listings::search,     "Search repositories"},

    {Method::get,     blob,                kPull,           blob_unknown,           blobs::get,           "Download a blob"},
    {Method::head,    blob,                kPull,           blob_unknown,           blobs::head,          "Does a blob exist?"},
    {Method::remove,  blob,                kRemove,         blob_unknown,           blobs::remove,        "Unlink a blob from a repository"},

    {Method::post,    uploads,             kPush,           name_unknown,           uploads::start,       "Start, mount or complete an upload"},
    {Method::get,     upload,              kPush,           upload_unknown,         uploads::status,      "How much has arrived?"},
    {Method::patch,   upload,              kPush,           upload_unknown,         uploads::append,      "Upload a chunk"},
    {Method::put,     upload,              kPush,           upload_unknown,         uploads::finish,      "Complete an upload"},
    {Method::remove,  upload,              kPush,           upload_unknown,         uploads::cancel,      "Abandon an upload"},

    {Method::get,     manifest,            kPull,           manifest_unknown,       manifests::get,       "Download a manifest"},
    {Method::put,     manifest,            kPush,           manifest_unknown,       manifests::put,       "Upload a manifest"},
    {Method::remove,  manifest,            kRemove,         manifest_unknown,       manifests::remove,    "Delete a manifest or a tag"},

    {Method::get,     referrers,           kPull,           manifest_unknown,       listings::referrers,  "What refers to this manifest?"},
    {Method::get,     tags,                kPull,           name_unknown,           listings::tags,       "List tags"},
    {Method::get,     discover_repository, kPull,           name_unknown,           system::discover,     "List extensions"},
});
// clang-format on

static_assert(std::ranges::none_of(kRoutes, [](const Route& r) { return r.summary.empty(); }));

std::string_view name_of(Method method)
{
    switch (method) {
    case Method::get:
        return "GET";
    case Method::head:
        return "HEAD";
    case Method::post:
        return "POST";
    case Method::put:
        return "PUT";
    case Method::patch:
        return "PATCH";
    case Method::remove:
        return "DELETE";
    case Method::options:
        return "OPTIONS";
    case Method::other:
        break;
    }
    return "";
}

} // namespace

std::span<const Route> routes()
{
    return kRoutes;
}

const Route* find_route(Method method, Endpoint endpoint) noexcept
{
    const auto find = [&](Method wanted) -> const Route* {
        const auto* const found = std::ranges::find_if(kRoutes, [&](const Route& route) {
            return route.endpoint == endpoint && route.method == wanted;
        });
        return found == kRoutes.end() ? nullptr : found;
    };
    const Route* const found = find(method);
    return found == nullptr && method == Method::head ? find(Method::get) : found;
}

std::string allowed_methods(Endpoint endpoint)
{
    std::string list;
    for (const Route& route : kRoutes) {
        if (route.endpoint == endpoint && route.method != Method::head) {
            list += list.empty() ? "" : ", ";
            list += name_of(route.method);
            list += route.method == Method::get ? ", HEAD" : "";
        }
    }
    return list;
}

std::vector<Need> needs(const Route& route, const Call& call)
{
    const auto repository = [&](Action action) {
        return Need{Need::Kind::repository, std::string{call.repository()}, action};
    };
    switch (route.access) {
    case Access::none:
        return {};
    case Access::login:
        return {Need{}};
    case Access::pull:
        return {repository(Action::pull)};
    case Access::push:
        return {repository(Action::pull), repository(Action::push)};
    case Access::remove:
        return {repository(Action::remove)};
    case Access::catalog:
        return {Need{.kind = Need::Kind::catalog}};
    case Access::search:
        return {Need{.kind = Need::Kind::search}};
    }
    return {};
}

} // namespace strata::registry::api
