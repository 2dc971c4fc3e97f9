// SPDX-License-Identifier: Apache-2.0
//
// What a handler gets: the registry, and one request that was understood as far as its path goes.
#pragma once

#include "http/server.hpp"
#include "oci/digest.hpp"
#include "registry/api/answer_cache.hpp"
#include "registry/api/codes.hpp"
#include "registry/api/target.hpp"
#include "registry/auth/access.hpp"
#include "registry/config/config.hpp"
#include "registry/metadata/metadata.hpp"
#include "registry/metrics/metrics.hpp"
#include "registry/notify/notifications.hpp"
#include "registry/proxy/proxy.hpp"
#include "registry/storage/blob_files.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace strata::registry::api {

/// All that the API needs of the registry. Borrowed; whoever assembles it owns it.
struct Services {
    const Config& config;
    Metadata& metadata;
    BlobFiles& files;
    Authenticator& authenticator;
    Metrics& metrics;
    Notifications* notifications = nullptr; // null: nobody wants to hear anything
    Proxy* proxy = nullptr;                 // null: there are no upstreams
};

using Parameters = std::vector<std::pair<std::string, std::string>>;

/// The first of that name.
std::optional<std::string_view> parameter(const Parameters& parameters, std::string_view name);
std::vector<std::string_view> parameters_named(const Parameters& parameters, std::string_view name);

class Api;

struct Call {
    Api& api;
    const Services& services;
    const http::Request& request;
    http::Body& body;
    const Target& target;
    const Parameters& parameters;
    const Caller& caller;

    std::string_view repository() const noexcept { return target.name; }
    std::optional<std::string_view> parameter(std::string_view name) const
    {
        return api::parameter(parameters, name);
    }
    /// The digest in the path. Throws Refused with DIGEST_INVALID.
    Digest digest() const;
    bool may(std::string_view repository, Action action) const;
    /// Whether the repository is filled from an upstream.
    bool is_mirror() const;
    /// How many bytes the repository may hold; 0: any number.
    std::uint64_t quota() const;

    /// A URL of ours: relative, or absolute if the configuration says so (api/urls.hpp).
    std::string url(std::string_view path_and_query) const;
};

/// Throws Refused with DIGEST_INVALID.
Digest parse_digest(std::string_view text);

} // namespace strata::registry::api
