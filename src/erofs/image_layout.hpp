// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "erofs/format.hpp"
#include "erofs/image_writer.hpp"
#include "erofs/tree.hpp"
#include "erofs/xattr_area.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace strata::erofs {

/// How a regular file's content is divided: one chunk, unless that would be more than the format's
/// largest chunk of 1 TiB.
struct Chunks {
    explicit Chunks(std::uint64_t size);
    unsigned bits = 0; // of blocks
    std::uint64_t count = 0;
};

/// Where the bytes of a directory or of a symlink's target go: into whole blocks, of which the last
/// may be padded, and what is left behind the inode, where it must not cross a block.
struct Placement {
    Placement(std::uint64_t fixed, std::uint64_t size);
    std::uint64_t blocks;
    std::uint64_t tail;
};

struct LaidOutDirectory {
    std::uint32_t node;
    std::uint32_t parent;
};

/// Everything in its place; the tree's nodes know their slots, sizes and links.
struct ImageLayout {
    explicit ImageLayout(Tree& laid_out, std::size_t devices);

    Tree& tree;
    std::vector<LaidOutDirectory> directories; // parents first
    XattrArea xattrs;
    ImageCounts counts;
    std::uint64_t xattr_start = 0; // bytes; so are those below
    std::uint64_t meta_start = 0;
    std::uint64_t blocks_start = 0;
    std::uint64_t end = 0;

    /// What an inode takes before its chunk entries or tail.
    std::uint64_t fixed_bytes(const TreeNode& node) const
    {
        return sizeof(format::ExtendedInode) + xattrs.inline_bytes(node.xattrs);
    }

    /// Calls `visit(name, node)` for a directory, in order, with "." and ".." where they belong:
    /// "-x" comes before them.
    template <typename Visit>
    void for_each_name(const LaidOutDirectory& directory, const Visit& visit) const;

private:
    void arrange();
    void arrange_children(const LaidOutDirectory& directory,
                          std::vector<LaidOutDirectory>& subdirectories);
    void count(TreeNode& child);
    void place();
    void place(TreeNode& node);

    std::uint64_t cursor_ = 0;
    std::uint64_t blocks_ = 0;
};

constexpr bool has_chunks(const TreeNode& node)
{
    return (node.mode & format::kTypeMask) == format::kRegular && node.size > 0;
}
constexpr bool is_symlink(const TreeNode& node)
{
    return (node.mode & format::kTypeMask) == format::kSymlink;
}

template <typename Visit>
void ImageLayout::for_each_name(const LaidOutDirectory& directory, const Visit& visit) const
{
    constexpr std::string_view kDots[]{".", ".."};
    const std::uint32_t dot_nodes[]{directory.node, directory.parent};
    std::size_t dots = 0;
    for (std::uint32_t child = tree.node(directory.node).value; child != kNone;) {
        const TreeEntry& entry = tree.entry(child);
        const std::string_view name = tree.name(entry);
        for (; dots < 2 && kDots[dots] < name; ++dots) {
            visit(kDots[dots], dot_nodes[dots]);
        }
        visit(name, entry.node);
        child = entry.next;
    }
    for (; dots < 2; ++dots) {
        visit(kDots[dots], dot_nodes[dots]);
    }
}

} // namespace strata::erofs
