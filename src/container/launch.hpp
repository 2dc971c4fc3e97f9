// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "container/bundle.hpp"
#include "container/container_store.hpp"
#include "container/relay.hpp"

namespace strata::container {

/// A container's first process, now a child of the calling process (which is a subreaper), and our
/// ends of its streams.
struct Launched {
    ProcessId process;
    ContainerStreams streams;
};

/// Runs a container whose bundle is ready. Throws runtime_failure().
Launched launch(const Record& record, const ContainerPaths& paths);

} // namespace strata::container
