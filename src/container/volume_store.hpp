// SPDX-License-Identifier: Apache-2.0
//
// The folders that volumes are: <data root>/volumes/<name>/_data.
#pragma once

#include "container/volume.hpp"
#include "store/layout.hpp"
#include "sys/root.hpp"

namespace strata::container {

/// The folder of the volume `mount.source`, made if it is new. An empty one gets what the image has
/// at the mount's destination in `image` (the mounted root), that folder's owner and mode too, if
/// mount.copy_up. A crash in between leaves the volume empty. Safe among processes.
store::Path ensure_volume(const store::Layout& layout, const MountPoint& mount,
                          const sys::Root& image);

/// Removes it with all that is in it. Absence is fine.
void remove_volume(const store::Layout& layout, std::string_view name);

} // namespace strata::container
