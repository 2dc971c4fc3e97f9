// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "erofs/reader.hpp"
#include "oci/digest.hpp"
#include "store/apply.hpp"
#include "store/layout.hpp"

#include <span>

namespace strata::store {

/// Unpacks a chain of layers, lowest first, as one tree into the existing empty folder `target`:
/// what `stack`, their fused index, has, with the bytes that their tars have. Each tar is read once
/// at most, and nothing is written that a layer above hides.
///
/// Not atomic and not synced: when this throws, the folder is part-written and must be discarded.
/// Throws Errc::corrupt for a tar that is missing or has not what its index says. Memory: the names
/// of the stack.
void unpack_chain(const Layout& layout, std::span<const oci::DiffId> chain,
                  const erofs::Reader& stack, const Path& target, const ApplyOptions& options);

} // namespace strata::store
