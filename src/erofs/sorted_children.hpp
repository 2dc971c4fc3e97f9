// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "erofs/tree.hpp"

namespace strata::erofs {

/// Puts the children of a directory in bytewise order, and drops the hidden ones.
void sort_children(Tree& tree, std::uint32_t directory);

} // namespace strata::erofs
