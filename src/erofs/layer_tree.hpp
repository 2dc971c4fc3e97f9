// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "erofs/name_table.hpp"
#include "erofs/tree.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace strata::erofs {

/// The tree of a layer while the members of its archive come in: names are looked up, parents are
/// made, later members win, whiteouts are noted. The rules are those of IndexBuilder.
class LayerTree {
public:
    Tree& tree() noexcept { return tree_; }

    /// `path` is now this inode, which is new and not a directory.
    void put_node(std::string_view path, const TreeNode& node);
    /// `path` is now a directory with the metadata of `node`; what it had in it stays.
    void put_directory(std::string_view path, const TreeNode& node);
    /// `path` is now another name of what `target` is; returns its inode.
    std::uint32_t put_link(std::string_view path, std::string_view target);

    /// Whether `path` is a whiteout or an opaque marker. Then that is noted, and there is nothing
    /// more to it: what kind of member it is does not matter.
    bool take_whiteout(std::string_view path);

    /// Turns what was noted into devices and attributes. The tree is complete then.
    void finish();

private:
    // All of these return entries.
    std::uint32_t make_parents(std::string_view path);
    std::uint32_t make_directory(std::uint32_t directory, std::string_view name);
    std::uint32_t find(std::string_view path) const;
    std::uint32_t add_entry(std::uint32_t directory, std::string_view name, std::uint32_t node);

    void put(std::string_view path, std::uint32_t node);
    void replace(TreeEntry& entry, std::uint32_t node);
    bool is_directory(const TreeEntry& entry) const;
    void mark(const TreeEntry& entry);
    void count_member();

    Tree tree_;
    NameTable names_{tree_};
    std::uint64_t members_ = 0;
    std::uint64_t implied_ = 0;

    // Archives have a directory's members in a row. What a member replaces is never above the
    // parents that were made for it, so the last ones stay true.
    std::string last_parents_;
    std::uint32_t last_parent_ = kNone;
};

} // namespace strata::erofs
