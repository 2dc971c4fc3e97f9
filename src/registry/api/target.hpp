// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace strata::registry::api {

enum class Endpoint : std::uint8_t {
    none,
    root,
    base,
    catalog,
    discover,
    ping_v1,
    search_v1,
    // below a repository
    blob,
    uploads,
    upload,
    manifest,
    referrers,
    tags,
    discover_repository,
};

/// How its paths look, for documentation.
std::string_view pattern(Endpoint endpoint) noexcept;

/// What a path means. The views point into the path.
struct Target {
    Endpoint endpoint = Endpoint::none;
    std::string_view name{};      // of the repository; not checked yet
    std::string_view reference{}; // tag, digest or id of the upload; not checked yet
};

/// `path` begins with a slash and is not percent-encoded any more.
///
/// Matched from the right: a repository may be called "blobs", "team/manifests" or "tags/list", and
/// what the last words say decides.
Target parse_target(std::string_view path) noexcept;

} // namespace strata::registry::api
