// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "erofs/reader.hpp"
#include "io/source.hpp"
#include "store/layout.hpp"

#include <optional>
#include <string>

namespace strata::store {

/// Whether the unpacked `tree` of a layer is what its tar and index say: every name, type, mode,
/// owner, time, link target, and every byte. Nothing if it is; otherwise what is wrong first, with
/// its path. Reads all of both.
std::optional<std::string> find_tree_damage(const Path& tree, const erofs::Reader& index,
                                            io::Source& tar);

} // namespace strata::store
