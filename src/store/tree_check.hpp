// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "erofs/reader.hpp"
#include "io/source.hpp"
#include "store/apply.hpp"
#include "store/layout.hpp"
#include "sys/fd.hpp"

#include <optional>
#include <string>

namespace strata::store {

/// How the unpacked layer `tree` differs from its sound index and tar: the first difference as a
/// sentence, or nothing. Names, types, modes, owners, times, links, xattrs, targets, devices, every
/// byte of every file, and what should not be there. `extra` is the index's second device, invalid
/// if it has none.
///
/// Reads `tar` once, to its end. Memory: one path for each file.
std::optional<std::string> find_tree_damage(const Path& tree, const erofs::Reader& index,
                                            io::Source& tar, const sys::Fd& extra,
                                            const ApplyOptions& unpacked);

} // namespace strata::store
