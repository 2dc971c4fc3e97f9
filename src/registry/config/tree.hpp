// SPDX-License-Identifier: Apache-2.0
//
// A configuration file as a tree of values that know where they were written, and the variables of
// the environment laid over it.
#pragma once

#include "registry/config/config.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace strata::registry {

struct Tree {
    enum class Kind : std::uint8_t { null, scalar, list, map };
    Kind kind = Kind::null;
    std::string text{}; // of a scalar
    std::vector<Tree> elements{};
    std::vector<std::pair<std::string, Tree>> members{};
    std::string origin{}; // "config.yml:12", or a variable's name

    const Tree* find(std::string_view key) const noexcept;
    Tree* find(std::string_view key) noexcept;
};

/// YAML, with its aliases and merge keys resolved; of a key that is there twice the last counts, as
/// in Distribution. Throws Errc::invalid_argument "config.yml:3: …", exhausted when it is too much.
Tree parse_tree(std::string_view text, std::string_view origin, std::vector<std::string>& warnings);

/// REGISTRY_A_B_C=yaml sets a.b.c. Keys are matched in any case and made in lower case, lists are
/// addressed by index. In the order of their names, so that REGISTRY_STORAGE comes before
/// REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY.
void apply_variables(Tree& root, const Variables& variables, std::vector<std::string>& warnings);

} // namespace strata::registry
