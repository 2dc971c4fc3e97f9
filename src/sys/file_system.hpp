// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/file.hpp"

#include <string>

namespace strata::sys {

/// What kind of file system `path` lies on, as `docker info` calls it: "extfs", "xfs", "btrfs",
/// "overlayfs"; "<unknown>".
std::string file_system_name(const Path& path);

/// Whether nobody can write there, not even root.
bool is_read_only(const Path& path);

} // namespace strata::sys
