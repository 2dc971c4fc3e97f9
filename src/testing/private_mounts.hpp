// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/host.hpp"
#include "sys/namespace.hpp"

namespace strata::testing {

/// Moves the test program into a mount namespace of its own, so that nothing it mounts shows on the
/// machine or outlives it. Without privileges it becomes root of a user namespace first, where the
/// machine allows that; what then still needs more fails and says so. The program must have one
/// thread at the first call; later calls do nothing.
inline void enter_private_mounts()
{
    static const bool entered = [] {
        if (sys::has_capability(sys::Capability::sys_admin)) {
            sys::enter_mount_namespace(sys::create_mount_namespace());
        } else {
            sys::become_root_of_user_namespace();
        }
        return true;
    }();
    static_cast<void>(entered);
}

} // namespace strata::testing
