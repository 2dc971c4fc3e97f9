// SPDX-License-Identifier: Apache-2.0
//
// What a user does with the whole of it: look at it, measure it, prove it sound, throw it away.
#pragma once

#include "base/settings.hpp"
#include "engine/containers.hpp"
#include "store/fsck.hpp"
#include "store/usage.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace strata::engine {

class Engine;

// --- look ----------------------------------------------------------------------------------------

struct RuntimeInfo {
    std::string name;    // "crun"
    std::string path;    // "/usr/bin/crun"
    std::string version; // "1.8.1"; empty when it does not say
};

/// A setting that somebody has set.
struct ChosenSetting {
    std::string name;
    SettingValue value;
};

/// This machine and this data root, and nothing that is not true of them.
struct SystemInfo {
    std::string id; // of this data root on this machine, the same at every call
    std::uint64_t running = 0, stopped = 0, images = 0;
    std::string driver;
    std::vector<std::pair<std::string, std::string>> driver_status;
    std::string cgroup_version; // "1", "2"
    std::vector<RuntimeInfo> runtimes;
    std::string default_runtime; // its name; empty: none is installed
    std::string seccomp_profile; // its path; empty: it is not there
    std::string kernel, operating_system, os_version, architecture, name, root, run_root;
    unsigned cpus = 0;
    std::uint64_t memory = 0; // bytes
    bool rootless = false;
    std::vector<ChosenSetting> settings;
    std::vector<std::string> warnings;
};

SystemInfo system_info(Engine& engine);

// --- measure -------------------------------------------------------------------------------------

struct ContainerUsage {
    Container container;
    std::uint64_t written = 0;
};

struct VolumeUsage {
    std::string name;
    std::uint64_t links = 0; // containers that use it
    std::uint64_t size = 0;
};

struct SystemUsage {
    store::Usage store;
    std::vector<ContainerUsage> containers;
    std::vector<VolumeUsage> volumes; // by name
};

SystemUsage system_usage(Engine& engine);

// --- tidy ----------------------------------------------------------------------------------------

struct PrunedContainers {
    std::vector<std::string> ids;
    std::uint64_t reclaimed = 0;
};

/// Removes those that do not run. Filters: until, label, label!. Throws Errc::invalid_argument.
/// (engine/images.hpp prunes images.)
PrunedContainers prune_containers(Engine& engine,
                                  const std::vector<std::pair<std::string, std::string>>& filters);

// --- prove ---------------------------------------------------------------------------------------

/// store::fsck(), after what dead processes left has been collected.
store::FsckReport check_system(Engine& engine, store::Repair repair,
                               const std::function<void(const std::string& doing)>& progress);

// --- throw away ----------------------------------------------------------------------------------

/// Kills and removes every container, then deletes the data root and the run root. A root that is
/// damaged goes too. Throws Errc::conflict for a folder that is no data root of ours.
void reset_system(Engine& engine);

} // namespace strata::engine
