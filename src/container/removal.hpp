// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "container/container_store.hpp"

#include <cstdint>

namespace strata::container {

enum class AnonymousVolumes : std::uint8_t { keep, remove };

/// The record first, then its folders (and volumes): a crash in between leaves folders that
/// collect_leftovers() deletes. Its root is not mounted any more. Fine when it has gone already.
void forget(store::Store& store, ContainerStore& containers, const Record& record,
            AnonymousVolumes volumes);

/// Kills the container if it runs, whether or not its shim is alive, and forgets it when it has
/// ended. Throws Errc::unavailable when that does not happen within ten seconds.
void remove(store::Store& store, const Record& record, AnonymousVolumes volumes);

} // namespace strata::container
