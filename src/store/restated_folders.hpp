// SPDX-License-Identifier: Apache-2.0
//
// The folders of a layer that overlayfs would show wrongly in a chain:
//   - those that the layer only implies keep the attributes that a lower layer gave them, but
//     overlayfs takes those of the topmost tree that has them;
//   - in a folder that no other tree has, overlayfs lists deletions among the names.
// Both go right when the folder is there once more on top of all, with nothing in it and the
// attributes that the fused index has for it.
#pragma once

#include "erofs/reader.hpp"
#include "store/apply.hpp"
#include "store/layout.hpp"

#include <span>
#include <string>
#include <vector>

namespace strata::store {

/// Their paths, from the index of a layer. The root is never among them: a container's upper folder
/// stands for it.
std::vector<std::string> restated_folders(const erofs::Reader& layer);

/// As they lie on disk: a NUL after each.
std::string print_paths(std::span<const std::string> paths);
std::vector<std::string> parse_paths(std::string_view text);

/// Makes the folders `paths` of `stack`, with their parents and nothing else, below the existing
/// empty folder `target`, each with all of its attributes, as far as the layers were unpacked with
/// them. What is no folder in the stack is left out.
void copy_folders(const erofs::Reader& stack, std::span<const std::string> paths,
                  const Path& target, const ApplyOptions& unpacked);

} // namespace strata::store
