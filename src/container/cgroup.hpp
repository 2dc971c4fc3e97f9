// SPDX-License-Identifier: Apache-2.0
//
// A container's cgroups: version 1 has one in each controller's tree, version 2 has one. The OCI
// runtime makes them.
#pragma once

#include "container/spec.hpp"

#include <string_view>

namespace strata::container {

/// What the host's /sys/fs/cgroup is, as the calling process sees it. A hybrid host counts as
/// version 1.
CgroupVersion cgroup_version();

/// Kills whatever is left in the container's cgroups, and removes them. Absence is fine. Says false
/// when something is still dying; its cgroups stay then, empty soon, and whoever removes the
/// container tries again.
bool remove_cgroups(std::string_view id);

enum class Freeze { no, yes };
/// Stops the container's processes where they stand, or lets them go on; waits until they have.
/// Throws Errc::unsupported without a freezer.
void freeze(std::string_view id, Freeze freeze);

} // namespace strata::container
