// SPDX-License-Identifier: Apache-2.0
#include "erofs/tree.hpp"

#include "base/error.hpp"
#include "erofs/format.hpp"

#include <algorithm>
#include <cstring>

namespace strata::erofs {

static_assert(sizeof(TreeNode) == 48 && sizeof(TreeEntry) == 20);

bool TreeNode::is_directory() const noexcept
{
    return (mode & format::kTypeMask) == format::kDirectory;
}

Tree::Tree()
{
    sets_.intern({});
    entries_.push({.node = add_directory(0755), .flags = TreeEntry::implied});
}

std::uint32_t Tree::add_node(const TreeNode& node)
{
    if (nodes_.size() == kNone - 1) {
        throw Error{Errc::exhausted, "more than four thousand million files in one layer"};
    }
    return nodes_.push(node);
}

std::uint32_t Tree::add_directory(std::uint16_t permissions)
{
    return add_node(
        {.value = kNone, .mode = static_cast<std::uint16_t>(format::kDirectory | permissions)});
}

std::uint32_t Tree::add_entry(std::uint32_t directory, std::string_view name, std::uint32_t node)
{
    if (entries_.size() == kNone - 1) {
        throw Error{Errc::exhausted, "more than four thousand million names in one layer"};
    }
    TreeNode& parent = nodes_[directory];
    parent.value = entries_.push({.name = text_.push(name),
                                  .parent = directory,
                                  .next = parent.value,
                                  .node = node,
                                  .name_bytes = static_cast<std::uint8_t>(name.size())});
    return parent.value;
}

std::uint32_t Tree::xattr_set(std::vector<std::uint32_t>& attributes)
{
    std::sort(attributes.begin(), attributes.end());
    attributes.erase(std::unique(attributes.begin(), attributes.end()), attributes.end());
    // Chars may alias anything.
    return sets_.intern({reinterpret_cast<const char*>(attributes.data()),
                         attributes.size() * sizeof(std::uint32_t)});
}

void Tree::attributes_of(std::uint32_t set, std::vector<std::uint32_t>& attributes) const
{
    const std::string_view text = sets_.get(set);
    attributes.resize(text.size() / sizeof(std::uint32_t));
    if (!text.empty()) {
        std::memcpy(attributes.data(), text.data(), text.size());
    }
}

} // namespace strata::erofs
