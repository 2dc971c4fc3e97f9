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

enum class Running : std::uint8_t { refuse, kill };

/// Forgets the container once it has ended, whether or not its shim is alive. One that runs is
/// refused, with Errc::conflict in Docker's words, or killed. Throws Errc::unavailable when it does
/// not end within ten seconds.
void remove(store::Store& store, const Record& record, Running running, AnonymousVolumes volumes);

} // namespace strata::container
