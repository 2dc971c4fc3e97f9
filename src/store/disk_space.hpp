// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/file.hpp"

#include <cstdint>

namespace strata::store {

/// What a file or a tree of ours takes on disk, in blocks that are really there. Follows no
/// symlink. Absence is 0.
std::uint64_t disk_bytes_of(const sys::Path& path);

} // namespace strata::store
