// SPDX-License-Identifier: Apache-2.0
//
// The names inside a layer's folder, and its tar whichever way it lies there.
#pragma once

#include "io/source.hpp"
#include "store/layout.hpp"

namespace strata::store {

inline constexpr const char* kTar = "tar";
inline constexpr const char* kTarZstd = "tar.zst";
inline constexpr const char* kIndex = "index"; // of a layer, and of a stack
inline constexpr const char* kExtra = "extra";
inline constexpr const char* kTree = "tree";
inline constexpr const char* kImplied = "implied"; // overlay_driver.hpp

/// The uncompressed tar in a layer's folder, or null when there is none.
io::SourcePtr find_tar(const Path& layer_folder);

} // namespace strata::store
