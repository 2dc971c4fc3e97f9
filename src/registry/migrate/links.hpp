// SPDX-License-Identifier: Apache-2.0
//
// Distribution's links, read and written.
#pragma once

#include "oci/digest.hpp"
#include "registry/storage/layout.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strata::registry {

/// The digest that a link names; nothing if there is no such file, or no digest in it.
std::optional<oci::Digest> find_link(const std::filesystem::path& file);
/// Unless it says so already.
void write_link(const std::filesystem::path& file, const oci::Digest& digest);

/// Names in a folder, sorted bytewise; none if there is no folder.
std::vector<std::string> names_in(const std::filesystem::path& folder);

/// Every digest below `folder`, which holds <alg>/<hex>/…; with its own folder.
void for_each_digest(
    const std::filesystem::path& folder,
    const std::function<void(const oci::Digest&, const std::filesystem::path&)>& visit);

/// The names of all repositories there are, sorted bytewise.
std::vector<std::string> repositories_below(const Layout& layout);

/// Every folder of an upload, whatever lies in it.
struct UploadFolder {
    std::string repository;
    std::string id;
};
std::vector<UploadFolder> uploads_below(const Layout& layout);

} // namespace strata::registry
