// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/mount.hpp"

namespace strata::sys {

/// An overlay through mount(2), for kernels whose overlayfs takes its layers only as one text:
/// before Linux 6.7, Debian 12's own among them. Internal to sys.
///
/// Throws Errc::exhausted when the layers do not fit into the page of text that the call takes;
/// about 800 do.
Fd mount_overlay_legacy(const OverlayDirs& dirs);

} // namespace strata::sys
