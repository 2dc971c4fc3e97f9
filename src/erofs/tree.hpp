// SPDX-License-Identifier: Apache-2.0
//
// A file system tree in memory, small enough for millions of files: what an index or a stack is
// before it is written. 20 bytes a name, 48 an inode, and the text.
#pragma once

#include "erofs/interner.hpp"
#include "erofs/slab.hpp"
#include "erofs/text_arena.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace strata::erofs {

constexpr std::uint32_t kNone = 0xFFFFFFFF;

/// An inode; several names may have it.
struct TreeNode {
    std::int64_t mtime = 0;
    std::uint64_t size = 0; // of a file, or of a symlink's target
    std::uint32_t mtime_ns = 0;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::uint32_t xattrs = 0; // which set
    /// Directory: the entry that was added last, or kNone. Symlink: where its target lies in the
    /// arena. File: its first block, or kNone for a hole. Device: its number, encoded.
    std::uint32_t value = 0;
    std::uint32_t links = 0;  // counted when the tree is written
    std::uint32_t slot = 0;   // its place in the image, given when the tree is written
    std::uint16_t mode = 0;   // type and permissions
    std::uint16_t device = 0; // that `value` is a block of, 1…; a file without content has 0

    bool is_directory() const noexcept;
};

/// A name in a directory.
struct TreeEntry {
    enum Flags : std::uint8_t {
        none = 0,
        whiteout = 1, // hides what lower layers have under this name
        opaque = 2,   // an opaque marker was seen in this directory
        hidden = 4,   // not written, with all that lies below
        implied = 8,  // a directory that no member of the archive names
    };

    std::uint32_t name = 0;     // in the arena
    std::uint32_t parent = 0;   // node
    std::uint32_t next = kNone; // in the same directory
    std::uint32_t node = kNone; // kNone: a whiteout and nothing else
    std::uint8_t name_bytes = 0;
    std::uint8_t flags = none;
};

class Tree {
public:
    static constexpr std::uint32_t kRoot = 0; // node and entry

    Tree();
    Tree(const Tree&) = delete;
    Tree& operator=(const Tree&) = delete;

    TreeNode& node(std::uint32_t index) noexcept { return nodes_[index]; }
    const TreeNode& node(std::uint32_t index) const noexcept { return nodes_[index]; }
    TreeEntry& entry(std::uint32_t index) noexcept { return entries_[index]; }
    const TreeEntry& entry(std::uint32_t index) const noexcept { return entries_[index]; }
    std::uint32_t entries() const noexcept { return entries_.size(); }

    std::uint32_t add_node(const TreeNode& node);
    std::uint32_t add_directory(std::uint16_t permissions);
    /// Does not look whether the directory has the name already.
    std::uint32_t add_entry(std::uint32_t directory, std::string_view name, std::uint32_t node);

    std::string_view name(const TreeEntry& entry) const noexcept
    {
        return text_.get(entry.name, entry.name_bytes);
    }
    std::uint32_t add_text(std::string_view text) { return text_.push(text); }
    std::string_view link_target(const TreeNode& symlink) const noexcept
    {
        return text_.get(symlink.value, symlink.size);
    }

    /// A set of encoded attributes (xattr_name.hpp), as a number. Sorts `attributes` and drops
    /// duplicates. The empty set is 0.
    std::uint32_t xattr_set(std::vector<std::uint32_t>& attributes);
    std::uint32_t attribute(std::string_view encoded) { return attributes_.intern(encoded); }

    std::uint32_t attribute_count() const noexcept { return attributes_.size(); }
    std::uint32_t xattr_set_count() const noexcept { return sets_.size(); }
    std::string_view encoded_attribute(std::uint32_t id) const noexcept
    {
        return attributes_.get(id);
    }
    void attributes_of(std::uint32_t set, std::vector<std::uint32_t>& attributes) const;

    const SeededHash& hash() const noexcept { return hash_; }
    std::uint64_t text_bytes() const noexcept { return text_.bytes(); }

private:
    SeededHash hash_;
    TextArena text_;
    Slab<TreeNode> nodes_;
    Slab<TreeEntry> entries_;
    Interner attributes_{text_, hash_};
    Interner sets_{text_, hash_}; // texts of 32-bit attribute ids
};

} // namespace strata::erofs
