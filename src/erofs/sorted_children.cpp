// SPDX-License-Identifier: Apache-2.0
#include "erofs/sorted_children.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>
#include <vector>

namespace strata::erofs {

namespace {

/// A child and eight bytes of its name. Comparing whole names would miss the cache twice each time.
struct Key {
    std::uint64_t prefix = 0;
    std::uint32_t entry = 0;
};

std::vector<Key> visible_children(const Tree& tree, std::uint32_t directory)
{
    std::vector<Key> keys;
    for (std::uint32_t child = tree.node(directory).value; child != kNone;) {
        const TreeEntry& entry = tree.entry(child);
        if ((entry.flags & TreeEntry::hidden) == 0) {
            keys.push_back({.entry = child});
        }
        child = entry.next;
    }
    std::reverse(keys.begin(), keys.end()); // the last added comes first in the list
    return keys;
}

std::size_t common_prefix(std::string_view a, std::string_view b)
{
    const auto [end, other] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
    return static_cast<std::size_t>(end - a.begin());
}

std::uint64_t prefix_of(std::string_view name)
{
    std::uint64_t prefix = 0; // names have no NUL, so padding sorts as the end of the name does
    std::memcpy(&prefix, name.data(), std::min(name.size(), sizeof prefix));
    return __builtin_bswap64(prefix);
}

void sort(const Tree& tree, std::vector<Key>& keys)
{
    const auto name = [&](const Key& key) { return tree.name(tree.entry(key.entry)); };
    if (std::is_sorted(keys.begin(), keys.end(),
                       [&](const Key& a, const Key& b) { return name(a) < name(b); })) {
        return; // as most archives are
    }
    std::size_t common = name(keys.front()).size();
    for (const Key& key : keys) {
        common = std::min(common, common_prefix(name(keys.front()), name(key)));
    }
    for (Key& key : keys) {
        key.prefix = prefix_of(name(key).substr(common));
    }
    std::sort(keys.begin(), keys.end(), [&](const Key& a, const Key& b) {
        return a.prefix != b.prefix ? a.prefix < b.prefix : name(a) < name(b);
    });
}

} // namespace

void sort_children(Tree& tree, std::uint32_t directory)
{
    std::vector<Key> keys = visible_children(tree, directory);
    sort(tree, keys);
    std::uint32_t next = kNone;
    for (auto key = keys.rbegin(); key != keys.rend(); ++key) {
        tree.entry(key->entry).next = next;
        next = key->entry;
    }
    tree.node(directory).value = next;
}

} // namespace strata::erofs
