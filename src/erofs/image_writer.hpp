// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "erofs/tree.hpp"
#include "sys/fd.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace strata::erofs {

struct DeviceInfo {
    std::string tag; // at most 64 bytes
    std::uint64_t bytes = 0;
};

struct ImageCounts {
    std::uint64_t inodes = 0;
    std::uint64_t content_bytes = 0; // of regular files
};

/// Writes `tree` as an image to the empty file `image`. Entries without a node must be gone by
/// then. Orders the tree's directories and uses its nodes' links and slots. Equal trees give equal
/// bytes.
ImageCounts write_image(Tree& tree, std::span<const DeviceInfo> devices, const sys::Fd& image);

} // namespace strata::erofs
