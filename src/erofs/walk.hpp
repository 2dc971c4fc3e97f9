// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "erofs/reader.hpp"

#include <functional>
#include <string_view>

namespace strata::erofs {

enum class Walk {
    on,   // into it, if it is a directory
    past, // not into it
    stop,
};

/// Shows `visit` everything below the directory `from`, and itself first, as "": a directory before
/// what is in it, names in bytewise order, paths relative to `from` without a leading slash. The
/// path is valid during the call. Depth costs memory, not stack; an image whose directories contain
/// each other is Errc::corrupt.
void walk(const Reader& reader, const Inode& from,
          const std::function<Walk(std::string_view path, const Inode&)>& visit);

} // namespace strata::erofs
