// SPDX-License-Identifier: Apache-2.0
//
// The process that stays with a container: `strata shim`, one for each that runs. It starts the OCI
// runtime, keeps the container's streams, writes its log, serves clients on a socket, waits for its
// end and records it. It needs nobody, and nobody needs to wait for it: what it has told the
// database is true at any moment, and that it lives is told by the lock that it holds
// (container/alive.hpp).
#pragma once

#include "store/store.hpp"
#include "sys/fd.hpp"
#include "sys/process.hpp"

#include <optional>
#include <string>

namespace strata::container {

struct ShimOptions {
    store::StoreOptions store;
    std::string id;
};

/// What a client that makes a shim gets: the connection on which it says `start`.
struct ShimHandle {
    sys::Fd socket;
};

/// Starts a shim, in a session of its own, which gets ready as far as it can and then waits for
/// `start` on the connection; it goes away if that ends before. Takes a few milliseconds that the
/// caller has better uses for than waiting.
ShimHandle spawn_shim(const ShimOptions& options);

/// The shim's whole life; `client` is the other end of that connection. The process has one thread.
/// Returns the process's exit status. Failures go to the client, and into the record.
int run_shim(const ShimOptions& options, sys::Fd client);

/// The descriptor that the connection is in a shim.
inline constexpr int kShimSocket = 3;

} // namespace strata::container
