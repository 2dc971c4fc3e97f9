// SPDX-License-Identifier: Apache-2.0
//
// The mount namespace that holds every mount of a run root: pinned at <run root>/ns/mnt, a slave of
// the host's. The host's mount table stays clean, containers of one image share one mount, and one
// unpin drops them all. docs/dev/mounts.md tells how, and what was rejected.
#pragma once

#include "store/layout.hpp"
#include "sys/fd.hpp"

namespace strata::store {

/// The namespace, made and pinned if it is not there; from inside it, itself. Safe among many
/// processes and threads. Some twenty microseconds when it is pinned already.
///
/// Inside, the cgroup v2 tree of a hybrid host is hidden, so that crun 1.8 runs there.
/// Throws Errc::denied without CAP_SYS_ADMIN.
sys::Fd ensure_mount_namespace(const Layout& layout);

/// Moves the calling process into the namespace; it must have one thread (Errc::conflict otherwise;
/// sys::in_mount_namespace() serves one of several). Again is fine. There is no way back.
void enter_mount_namespace(const Layout& layout);

/// Unpins it; its mounts go when the last process in it has gone. Absence is fine. Throws
/// Errc::conflict from inside.
void drop_mount_namespace(const Layout& layout);

} // namespace strata::store
