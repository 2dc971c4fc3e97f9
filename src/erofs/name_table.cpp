// SPDX-License-Identifier: Apache-2.0
#include "erofs/name_table.hpp"

#include <utility>

namespace strata::erofs {

std::uint32_t NameTable::find(std::uint32_t directory, std::string_view name) const
{
    if (slots_.empty()) {
        return kNone;
    }
    for (std::size_t slot = home(directory, name);; slot = (slot + 1) & (slots_.size() - 1)) {
        if (slots_[slot] == kNone) {
            return kNone;
        }
        const TreeEntry& entry = tree_->entry(slots_[slot]);
        if (entry.parent == directory && tree_->name(entry) == name) {
            return slots_[slot];
        }
    }
}

void NameTable::insert(std::uint32_t entry)
{
    if (8 * (used_ + 1) > 7 * slots_.size()) {
        grow();
    }
    place(entry);
    ++used_;
}

std::size_t NameTable::home(std::uint32_t directory, std::string_view name) const
{
    return tree_->hash()(name, directory) & (slots_.size() - 1);
}

void NameTable::place(std::uint32_t index)
{
    const TreeEntry& entry = tree_->entry(index);
    std::size_t slot = home(entry.parent, tree_->name(entry));
    while (slots_[slot] != kNone) {
        slot = (slot + 1) & (slots_.size() - 1);
    }
    slots_[slot] = index;
}

void NameTable::grow()
{
    const std::vector<std::uint32_t> old = std::exchange(slots_, {});
    slots_.assign(old.empty() ? 64 : 2 * old.size(), kNone);
    for (const std::uint32_t entry : old) {
        if (entry != kNone) {
            place(entry);
        }
    }
}

} // namespace strata::erofs
