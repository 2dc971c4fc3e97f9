// SPDX-License-Identifier: Apache-2.0
//
// A plain copy of the merged tree for each container: slow and large, and works wherever a folder
// can be bound.
//
//   layers/<diff id>/tar.zst    the layer's exact bytes
//   containers/<id>/rootfs/     everything, unpacked
#pragma once

#include "store/layer_driver.hpp"
#include "store/stacks.hpp"

#include <memory>

namespace strata::store {

std::unique_ptr<LayerDriver> make_vfs_driver(const Layout& layout, const Stacks& stacks);

/// Always works: images can be handled by anyone. (Running a container needs a mount namespace all
/// the same.)
void probe_vfs_driver(const Layout& layout);

} // namespace strata::store
