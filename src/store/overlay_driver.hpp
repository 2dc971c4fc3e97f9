// SPDX-License-Identifier: Apache-2.0
//
// Layers as unpacked trees, stacked by overlayfs: for kernels that cannot mount an index over a
// file, and for user namespaces.
//
//   layers/<diff id>/tree/       the layer alone, its deletions in overlayfs's form
//   layers/<diff id>/restated    the folders that overlayfs would show wrongly
//   containers/<id>/upper, work  what the container writes
//   containers/<id>/folders/     those folders, as they should be: the topmost lower
//   containers/<id>/merged/      the lowest layers of a chain that is too long for overlayfs
#pragma once

#include "store/layer_driver.hpp"
#include "store/stacks.hpp"

#include <memory>

namespace strata::store {

/// Needs CAP_SYS_ADMIN, that of a user namespace being enough since Linux 5.11; then layers are
/// marked with user.* attributes, and are of no use outside. Takes 500 layers as they are, and
/// unpacks what is below for each container.
std::unique_ptr<LayerDriver> make_overlay_driver(const Layout& layout, const Stacks& stacks);

/// Mounts an overlay of empty folders of the data root, attached nowhere. Throws Errc::unsupported.
void probe_overlay_driver(const Layout& layout);

} // namespace strata::store
