// SPDX-License-Identifier: Apache-2.0
//
// Layers as unpacked trees, stacked by overlayfs: for kernels that cannot mount an index over a
// file, and for user namespaces.
//
//   layers/<diff id>/tar.zst    the layer's exact bytes
//   layers/<diff id>/tree/      the layer alone, its deletions in overlayfs's form
//   layers/<diff id>/implied    names of the folders that only the layer's own names imply, NUL
//   after each; rarely there containers/<id>/upper,work  what the container writes
//   containers/<id>/metadata/   folders whose attributes overlayfs would take from the wrong layer;
//   rarely there containers/<id>/merged/     the lowest layers of a chain that is too long for
//   overlayfs; rarely there
#pragma once

#include "store/layer_driver.hpp"
#include "store/stacks.hpp"

#include <memory>

namespace strata::store {

std::unique_ptr<LayerDriver> make_overlay_driver(const Layout& layout, const Stacks& stacks);

/// Throws Errc::unsupported, saying what is missing, when overlayfs cannot be mounted by this
/// process in this root.
void probe_overlay_driver(const Layout& layout);

} // namespace strata::store
