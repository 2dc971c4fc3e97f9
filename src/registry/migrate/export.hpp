// SPDX-License-Identifier: Apache-2.0
//
// The way back: writes what the metadata knows as Distribution's links, so that it can serve the
// same directory. What it would find besides (tags and repositories that are gone) is removed.
#pragma once

#include "registry/metadata/metadata.hpp"
#include "registry/storage/blob_files.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>

namespace strata::registry {

struct Exported {
    std::uint64_t repositories = 0;
    std::uint64_t manifests = 0;
    std::uint64_t tags = 0;
    std::uint64_t blobs = 0;
};

struct ExportOptions {
    std::function<void(const Exported&)> progress{}; // after each repository
    std::stop_token stop{};
};

/// On the disk when it returns. May be repeated; what was pushed meanwhile is in it, or in the next
/// one. Distribution must not serve the directory at the same time.
Exported export_links(Metadata& metadata, BlobFiles& files, const std::filesystem::path& root,
                      const ExportOptions& options = {});

} // namespace strata::registry
