// SPDX-License-Identifier: Apache-2.0
//
// The small JSON files of `docker save` archives, of every generation. Pure: text in, values out.
// What they say is hostile until the members that they name have been found and verified.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strata::engine {

/// An element of manifest.json (Docker 1.10 and later).
struct ManifestItem {
    std::string config;              // name of a member
    std::vector<std::string> layers; // names of members, lowest first
    std::vector<std::string> tags;   // as written: "busybox:latest"
    std::string parent;              // an image id, or empty
};
/// Throws Errc::corrupt: not JSON, null, or of another shape.
std::vector<ManifestItem> parse_manifest_json(std::string_view json);

/// `repositories`: repository to tag to whatever names an image: a v1 image id, or a layer's
/// digest.
using Repositories = std::map<std::string, std::map<std::string, std::string>>;
Repositories parse_repositories(std::string_view json);

/// What `<id>/json` of an archive of Docker before 1.10 says of one layer.
struct V1Image {
    std::string parent;  // the id below, or empty
    std::string history; // its entry in the history of today's config, as JSON
};
V1Image parse_v1_image(std::string_view json, std::string_view member);

/// Today's config of a v1 image: its own json without what names other things, with the layers and
/// the history of its chain, lowest first. The bytes are those that Docker makes of it, and so is
/// the image id.
std::string config_of_v1_image(std::string_view json, const std::vector<std::string>& diff_ids,
                               const std::vector<std::string>& history);

} // namespace strata::engine
