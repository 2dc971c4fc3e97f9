// SPDX-License-Identifier: Apache-2.0
//
// Many layers, one file system.
#pragma once

#include "erofs/reader.hpp"
#include "sys/fd.hpp"

#include <span>

namespace strata::erofs {

/// Writes the index of a whole chain to `stack`, an empty file: the trees of `layers` (lowest
/// first) merged, whiteouts and opaque directories applied and gone, later layers win, hard links
/// kept among the names that are left, directory metadata from the topmost layer that names it. Its
/// device table is the layers' tables end to end (each layer's tar, then its extra if it has one),
/// lowest first: the order in which a mount must give the devices. Does not sync. The same layers
/// give the same bytes. docs/formats/stack.md has the rules.
///
/// Throws Errc::corrupt, naming the layer by its number, if one is not sound; Errc::unsupported
/// beyond 65,534 devices. Memory: about 100 bytes a name.
void write_stack(std::span<const Reader* const> layers, const sys::Fd& stack);

} // namespace strata::erofs
