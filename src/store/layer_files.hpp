// SPDX-License-Identifier: Apache-2.0
//
// The names inside a layer's folder, and its tar whichever way it lies there.
#pragma once

#include "io/source.hpp"
#include "io/tar_reader.hpp"
#include "store/layout.hpp"

#include <cstdint>
#include <limits>

namespace strata::store {

inline constexpr const char* kTar = "tar";
inline constexpr const char* kTarZstd = "tar.zst";
inline constexpr const char* kIndex = "index"; // of a layer, and of a stack
inline constexpr const char* kExtra = "extra";

// Of the driver overlay only.
inline constexpr const char* kTree = "tree";          // made on the machine itself
inline constexpr const char* kUserTree = "tree.user"; // made in a user namespace
inline constexpr const char* kRestated = "restated";  // see restated_folders.hpp

/// For reading again what has been let in: the limits were kept then.
inline constexpr io::TarLimits kNoTarLimits{
    .max_entries = std::numeric_limits<std::int64_t>::max(),
    .max_bytes = std::numeric_limits<std::int64_t>::max(),
    .max_header_bytes = std::numeric_limits<std::int64_t>::max(),
    .max_sparse_extents = std::numeric_limits<std::int64_t>::max(),
    .max_path_bytes = std::numeric_limits<std::int64_t>::max()};

/// The uncompressed tar in a layer's folder, or null when there is none.
io::SourcePtr find_tar(const Path& layer_folder);

} // namespace strata::store
