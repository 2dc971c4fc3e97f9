// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "erofs/image.hpp"

namespace strata::erofs {

/// What Reader::verify() does.
void verify_image(const Image& image);

} // namespace strata::erofs
