// SPDX-License-Identifier: Apache-2.0
//
// Who is alive. A container's lock file is held (flock) by whoever creates or runs it: first the
// process that makes the record, then its shim, which inherits it. So the kernel knows at any
// moment, whatever was killed how, whether somebody answers for a container; a record that says
// `running` while nobody holds the lock is out of date.
#pragma once

#include "container/container_store.hpp"
#include "store/layout.hpp"
#include "sys/fd.hpp"

#include <optional>

namespace strata::container {

/// Makes the container's folder and takes its lock; for a new container, before its record. Safe
/// from collect_leftovers().
sys::Fd create_folder(const store::Layout& layout, std::string_view id);

/// The lock of an existing container, if nobody has it. Nothing too when the container's folder is
/// gone.
std::optional<sys::Fd> try_lock(const store::Layout& layout, std::string_view id);

/// Whether the process still runs that the record names.
bool is_running(const ProcessId& process);

/// What is true of the container now: `record.state`, unless its shim is dead. Then `running` if
/// its process goes on all the same, otherwise exited, with status 255, which is what is said when
/// nobody was there to see it.
Record with_true_state(const store::Layout& layout, Record record);

/// Takes what commands left that were killed: folders of containers that have no record and nobody
/// who makes one, and whatever Store::collect() finds. A fraction of a millisecond when there is
/// nothing.
void collect_leftovers(store::Store& store, const ContainerStore& containers);

} // namespace strata::container
