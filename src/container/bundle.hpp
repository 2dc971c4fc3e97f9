// SPDX-License-Identifier: Apache-2.0
//
// Everything that an OCI runtime needs to run a container: its root mounted, its files in place,
// config.json.
#pragma once

#include "container/container_store.hpp"
#include "container/runtime.hpp"
#include "store/layer_driver.hpp"
#include "store/layout.hpp"
#include "sys/terminal.hpp"

#include <string>

namespace strata::store {
class Store;
}

namespace strata::container {

/// Where a container's files lie.
struct ContainerPaths {
    ContainerPaths(const store::Layout& layout, std::string_view id);

    // in the data root: as long as the container
    sys::Path folder; // upper/, work/
    sys::Path lock;   // held by whoever creates or runs it: see container/alive.hpp
    sys::Path hosts, hostname, resolv_conf;
    sys::Path log;
    // in the run root: as long as it runs
    sys::Path run_folder; // the OCI bundle: config.json
    sys::Path root;       // where its root file system is mounted
    sys::Path socket;     // of the shim
    sys::Path console_socket;
    sys::Path runtime_states; // of all containers: crun keeps compiled seccomp filters there
    sys::Path runtime_state, runtime_log, pid_file;
};

/// What the driver is asked to mount for a container.
store::RootfsRequest rootfs_request(store::Store& store, const Record& record);

/// Makes the bundle. The calling process is in the pinned mount namespace, unless the driver mounts
/// nothing. What an earlier run left is fine. Throws in Docker's words what the user may have got
/// wrong (user, working folder, volumes).
void prepare_bundle(store::Store& store, const Record& record, sys::WindowSize window = {});

/// Unmounts the root and deletes the run folder. Absence is fine.
void discard_bundle(store::Store& store, const Record& record);

/// Deletes what remove() of the record leaves behind in both roots. The root must be unmounted.
/// Absence is fine.
void remove_folders(const store::Layout& layout, std::string_view id);

} // namespace strata::container
