// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/tar_entry.hpp"
#include "store/layout.hpp"

#include <cstdint>
#include <vector>

namespace strata::store {

/// What the root folder of an image looks like.
struct RootAttributes {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::uint32_t mode = 0755; // permission bits
    io::TarTime mtime = {};
    std::vector<io::Xattr> xattrs = {}; // by their names on disk
};

/// Makes a container's upper folder, with its parents, unless it is there. Overlayfs shows its root
/// as the upper is, so it has to look like the image's own root. Complete before it has its name,
/// so a crash leaves nothing half-made.
void ensure_upper(const Path& upper, const RootAttributes& root);

} // namespace strata::store
