// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/layer_driver.hpp"
#include "store/stacks.hpp"

#include <memory>

namespace strata::store {

/// A container's root is overlayfs over one lower: the stack of its image, mounted once for all of
/// its containers, whose data lies in the layers' tars. Linux 6.12 or later, as root.
std::unique_ptr<LayerDriver> make_erofs_driver(const Layout& layout, const Stacks& stacks);

/// Mounts a tiny index, attached nowhere. Throws Errc::unsupported.
void probe_erofs_driver(const Layout& layout);

} // namespace strata::store
