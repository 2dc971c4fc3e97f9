// SPDX-License-Identifier: Apache-2.0
//
// What the three `prune` commands print.
#pragma once

#include "engine/images.hpp"
#include "engine/system.hpp"

#include <cstdint>

namespace strata::cli {

class Output;

// "Deleted Images:\nuntagged: …\n\n"; nothing when nothing was deleted.
void print_pruned(Output& out, const engine::Pruned& images);
void print_pruned(Output& out, const engine::PrunedContainers& containers);
void print_reclaimed(Output& out, std::uint64_t bytes);

} // namespace strata::cli
