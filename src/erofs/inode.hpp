// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "erofs/image.hpp"
#include "erofs/reader.hpp"

namespace strata::erofs {

/// Throws Errc::corrupt for a type that no layer has.
Inode to_inode(const ImageNode& node);

} // namespace strata::erofs
