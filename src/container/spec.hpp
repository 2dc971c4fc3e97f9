// SPDX-License-Identifier: Apache-2.0
//
// The OCI runtime's config.json of a container: Docker's default spec with the container's own
// wishes applied. Pure: what has to be looked up on the machine is looked up before
// (container/bundle.hpp).
#pragma once

#include "container/config.hpp"
#include "container/user.hpp"
#include "sys/terminal.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace strata::container {

enum class CgroupVersion : std::uint8_t { v1, v2 };

/// A device node to make in the container.
struct DeviceNode {
    std::string path{}; // in the container
    char type = 'c';
    std::uint32_t major = 0, minor = 0;
    std::uint32_t mode = 0666;
    std::uint32_t uid = 0, gid = 0;
    std::string permissions = "rwm";
};

/// A mount with its source resolved to a path of the host.
struct ResolvedMount {
    MountPoint mount{};
    std::string source{};
};

/// Everything that the spec is made of.
struct SpecInput {
    const Config& config;
    std::string_view id;
    std::string root{};     // the mounted root file system
    std::string hostname{}; // what the UTS namespace says
    User user{};
    sys::WindowSize window{}; // of its terminal, if it has one and that is known
    std::vector<std::string> capabilities{};
    std::string seccomp_profile{}; // text; empty: unconfined
    std::vector<ResolvedMount> mounts{};
    // /etc/hosts and its friends, paths of the host
    std::string hosts_file{}, hostname_file{}, resolv_conf_file{};
    CgroupVersion cgroups = CgroupVersion::v1;
    std::vector<std::string>
        thermal_paths{};               // /sys/devices/system/cpu/cpuN/thermal_throttle that exist
    std::vector<DeviceNode> devices{}; // --device, or with --privileged all of the host's
};

/// The cgroup of a container, below the root of every hierarchy.
std::string cgroup_path(std::string_view id);

std::string write_spec(const SpecInput& input);

} // namespace strata::container
