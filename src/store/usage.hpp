// SPDX-License-Identifier: Apache-2.0
//
// How much room images take: from the database alone, no tree is walked.
#pragma once

#include "oci/digest.hpp"

#include <cstdint>
#include <vector>

namespace strata::db {
class Database;
}

namespace strata::store {

/// Sizes count a layer's content bytes, as Docker does: what an unpacked copy would hold.
struct ImageUsage {
    oci::ImageId id;
    std::uint64_t size = 0;        // of all its layers
    std::uint64_t shared_size = 0; // of the layers that another image has as well
    std::uint64_t holders = 0;     // containers that use it
};

struct Usage {
    std::vector<ImageUsage> images;     // newest first, then by id
    std::uint64_t layers_size = 0;      // of all layers, each counted once
    std::uint64_t reclaimable_size = 0; // of that, what images without holders account for
    std::uint64_t disk_bytes = 0;       // what layers, stacks and blobs really take on disk
};

Usage disk_usage(db::Database& database);

} // namespace strata::store
