// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "container/volume.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strata::container {

enum class NetworkMode : std::uint8_t { none, host };
enum class NamespaceMode : std::uint8_t { private_, host };

struct ResourceLimit {
    std::string name{};              // "nofile"
    std::int64_t soft = 0, hard = 0; // -1: unlimited
};

struct DeviceMapping {
    std::string host{}, container{};
    std::string permissions = "rwm";
};

/// Bounds on what a container may use; nothing means no bound.
struct Resources {
    std::optional<std::int64_t> memory{}, memory_swap{},
        memory_reservation{}; // bytes; -1: no bound
    std::optional<std::int64_t> nano_cpus{}, cpu_shares{}, pids_limit{};
    std::string cpuset_cpus{}, cpuset_mems{};
    std::vector<ResourceLimit> ulimits{};
    std::int64_t shm_bytes = std::int64_t{64} << 20;
    std::int32_t oom_score_adj = 0;
};

/// What a container is, fixed when it is created: the image's config with the user's options
/// applied. Kept as JSON in its record (docs/formats/container-record.md).
struct Config {
    // its process
    std::vector<std::string> entrypoint{}, command{}; // what runs is the one, then the other
    bool entrypoint_is_set = false;                   // the image's or the user's, even if empty
    std::vector<std::string>
        env{}; // the image's and the user's; PATH, HOSTNAME, HOME come at start
    std::string user{}, working_dir{}, stop_signal{};
    std::vector<std::string> groups{}; // --group-add
    bool terminal = false, open_stdin = false;
    bool attached = true; // not -d

    // what it is called
    std::string hostname{}, domainname{};
    std::map<std::string, std::string> labels{};

    // what it sees
    std::vector<MountPoint> mounts{};        // all, in the order in which they are made
    std::vector<std::string> bare_volumes{}; // `-v /path`: becomes part of a committed image
    std::vector<DeviceMapping> devices{};
    std::vector<std::string> extra_hosts{}, dns{}, dns_search{}, dns_options{};
    NetworkMode network = NetworkMode::none;
    NamespaceMode pid = NamespaceMode::private_, ipc = NamespaceMode::private_,
                  uts = NamespaceMode::private_;

    // what it may do
    bool read_only = false, privileged = false, no_new_privileges = false;
    std::vector<std::string> cap_add{}, cap_drop{}; // normalized
    std::string seccomp{};      // a profile's text, "unconfined", or empty: the default
    std::string seccomp_file{}; // where the default one is
    std::map<std::string, std::string> sysctls{};
    Resources resources;

    // what becomes of it
    bool remove_on_exit = false;
    std::string runtime{};              // empty: probed
    std::uint64_t log_bytes = 10 << 20; // of one file
    std::uint32_t log_files = 3;

    /// The arguments of the first process. Throws Errc::invalid_argument "no command specified".
    std::vector<std::string> arguments() const;

    std::string to_json() const;
    /// Members that the text lacks keep their defaults, so that older records stay readable.
    /// Throws Errc::corrupt.
    static Config from_json(std::string_view text);
};

} // namespace strata::container
