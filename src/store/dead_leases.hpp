// SPDX-License-Identifier: Apache-2.0
//
// What processes that died left under tmp/.
#pragma once

#include "store/layout.hpp"
#include "store/object.hpp"
#include "sys/fd.hpp"

#include <string>
#include <vector>

namespace strata::store {

inline constexpr const char* kLeaseLock = "lock";

/// A lease whose process is gone. While this object lives nobody else takes it for dead.
struct DeadLease {
    Path folder;  // whatever lies under tmp/; usually a folder
    sys::Fd lock; // invalid when it has no lock file
    std::vector<Object> intents;
};

/// One readdir when there are none.
std::vector<DeadLease> find_dead_leases(const Layout& layout);

/// Whether somebody holds the lease with that id.
bool is_alive(const Layout& layout, const std::string& lease_id);

} // namespace strata::store
