// SPDX-License-Identifier: Apache-2.0
//
// Whether what is known and what lies on the disk agree (`strata registry fsck`). May run beside a
// server: whatever looks wrong is looked at once more under its digest's lock.
#pragma once

#include "registry/metadata/metadata.hpp"
#include "registry/storage/blob_files.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

namespace strata::registry {

struct Problem {
    enum class Kind : std::uint8_t {
        tables,            // the database's own
        lost_blob,         // known, without a file
        broken_blob,       // its file holds other bytes
        unknown_file,      // below blobs/, known to nobody
        broken_manifest,   // other bytes than its digest says
        missing_reference, // a manifest names what its repository does not hold
        stale_upload,      // a row without a folder or the other way round
    };
    Kind kind;
    std::string what; // in words, naming the object
    bool repaired = false;
};

struct CheckOptions {
    enum class Contents : std::uint8_t { trust, hash_again };
    enum class Repair : std::uint8_t { no, yes };
    Contents contents = Contents::trust; // otherwise sizes are all that is compared
    Repair repair = Repair::no;
    std::function<void(const Problem&)> found{};
    std::function<void(std::uint64_t blobs, std::uint64_t bytes)> progress{};
    std::stop_token stop{};
};

struct CheckResult {
    std::uint64_t blobs = 0;
    std::uint64_t bytes = 0;
    std::uint64_t manifests = 0;
    std::uint64_t problems = 0;
    std::uint64_t repaired = 0;
};

/// Repairs lose nothing that could still be used: a blob whose file is lost or broken is taken from
/// its repositories, so that it can be pushed again; a file that nobody knows is given to the
/// collector. A manifest that names what is missing stays. Throws Errc::cancelled.
CheckResult check_registry(Metadata& metadata, BlobFiles& files, const std::filesystem::path& root,
                           const CheckOptions& options = {});

} // namespace strata::registry
