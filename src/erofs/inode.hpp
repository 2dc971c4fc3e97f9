// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "erofs/image.hpp"
#include "erofs/reader.hpp"

namespace strata::erofs {

Inode to_inode(const ImageNode& node);

} // namespace strata::erofs
