// SPDX-License-Identifier: Apache-2.0
//
// Linux capabilities by name, and what --cap-add, --cap-drop and --privileged make of the default
// set.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace strata::container {

struct CapabilityRequest {
    std::vector<std::string> add{},
        drop{}; // as the user wrote them: "net_admin", "CAP_SYS_PTRACE", "ALL"
    bool privileged = false;
};

/// "net_admin" to "CAP_NET_ADMIN", "all" to "ALL". Throws Errc::invalid_argument in Docker's words,
/// with `option` ("CapAdd") as the culprit.
std::string normalize_capability(std::string_view name, std::string_view option);

/// The capabilities of a container's first process, in the kernel's order. `available` is the
/// bounding set of who asks (bit n = capability n): what we do not have ourselves cannot be given,
/// and ALL means all of these.
std::vector<std::string> capabilities_of(const CapabilityRequest& request, std::uint64_t available);

/// CapBnd of the calling process.
std::uint64_t bounding_set();

} // namespace strata::container
