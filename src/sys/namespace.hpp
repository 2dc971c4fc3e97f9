// SPDX-License-Identifier: Apache-2.0
//
// Namespaces, as descriptors. A namespace lives as long as a process in it, a descriptor of it, or
// a file that it is pinned on.
#pragma once

#include "sys/fd.hpp"
#include "sys/file.hpp"

#include <cstdint>
#include <functional>
#include <optional>

namespace strata::sys {

enum class Namespace { mount, user, pid, network, ipc, uts, cgroup };

/// That of a process; 0 is the calling thread. Throws Errc::not_found if there is no such process.
Fd open_namespace(Namespace kind, int pid = 0);
/// Whether both are the same namespace.
bool same_namespace(const Fd& one, const Fd& other);

/// A new mount namespace, a copy of the caller's into which the host's later mounts still come, but
/// out of which none goes (every mount is a slave). `prepare` runs inside, on another thread; what
/// it throws is thrown here. Works in a process of several threads. Throws Errc::denied without
/// CAP_SYS_ADMIN.
Fd create_mount_namespace(const std::function<void()>& prepare = {});

/// Makes a mount namespace as create_mount_namespace() does, and keeps it alive on `file`, an empty
/// file, until unpin_namespace(). The file must lie on a mount that is private, since the kernel
/// refuses to spread a namespace into another one. `prepare` may be run more than once, each time
/// in a fresh namespace.
Fd create_pinned_namespace(const Path& file, const std::function<void()>& prepare = {});
/// The namespace that is pinned there; nothing if none is, or there is no such file.
std::optional<Fd> find_pinned_namespace(const Path& file);
/// Absence is fine.
void unpin_namespace(const Path& file);

/// Moves the calling process, which must have one thread, into another mount namespace, and back
/// into its working folder if there is one of that name. Throws Errc::conflict with several
/// threads.
void enter_mount_namespace(const Fd& mount_namespace);

/// Runs `body` in another mount namespace, on another thread, and waits for it. Descriptors that it
/// opens are good here too.
void in_mount_namespace(const Fd& mount_namespace, const std::function<void()>& body);

/// Moves the calling process, which must have one thread, into a new user namespace, as its root
/// and only user, and into a new private mount namespace. Needs no privilege where the host allows
/// it.
void become_root_of_user_namespace();

} // namespace strata::sys
