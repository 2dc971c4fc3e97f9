// SPDX-License-Identifier: Apache-2.0
//
// The mount namespace that holds every mount of a run root: pinned at <run root>/mnt, a slave of the host's. The host's
// mount table stays clean, containers of one image share one mount, and one unpin drops them all.
#pragma once

#include "store/layout.hpp"
#include "sys/fd.hpp"

namespace strata::store {

/// The namespace, made and pinned if it is not there. Under `run_lock()`; safe among many processes.
/// Inside, the host's cgroup v2 tree of a hybrid host is hidden, so that crun runs there (docs/dev/cgroups.md).
/// Throws Errc::denied without CAP_SYS_ADMIN.
sys::Fd ensure_mount_namespace(const Layout& layout);

/// Moves the calling process into the namespace; it must be single-threaded. There is no way back.
void enter_mount_namespace(const Layout& layout);

/// Unpins it; its mounts go when the last process in it has gone. Absence is fine.
void drop_mount_namespace(const Layout& layout);

} // namespace strata::store
