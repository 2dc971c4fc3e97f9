// SPDX-License-Identifier: Apache-2.0
//
// An inode is known by where it lies, and directories name the inodes of their children, so
// everything gets its place before anything is written:
//
//     super block | device table | shared attributes | inodes ... | blocks of directories ...
//
// Directories are walked parents first, and a directory's children get consecutive places: what
// `ls -l` reads lies together.
#include "erofs/image_layout.hpp"

#include "base/error.hpp"
#include "erofs/directory_blocks.hpp"
#include "erofs/sorted_children.hpp"

#include <algorithm>
#include <bit>

namespace strata::erofs {

using format::kBlock;
using format::kSlot;

Chunks::Chunks(std::uint64_t size)
{
    const std::uint64_t blocks = size / kBlock + (size % kBlock != 0);
    const auto wanted = static_cast<unsigned>(std::bit_width(blocks > 1 ? blocks - 1 : 0));
    bits = std::min<unsigned>(wanted, format::kChunkBitsMask);
    count = (blocks >> bits) + ((blocks & ((std::uint64_t{1} << bits) - 1)) != 0);
}

Placement::Placement(std::uint64_t fixed, std::uint64_t size)
    : blocks{size / kBlock}, tail{size % kBlock}
{
    // An inode whose tail would cross a block moves up until the tail lies in the next one. It
    // starts at a multiple of 32 bytes, so the tail then starts at fixed % 32.
    if (fixed % kSlot + tail > kBlock) {
        ++blocks;
        tail = 0;
    }
}

ImageLayout::ImageLayout(Tree& laid_out, std::size_t devices) : tree{laid_out}, xattrs{laid_out}
{
    arrange();
    xattrs.arrange();
    const std::uint64_t table_end =
        format::kSuperOffset + sizeof(format::SuperBlock) + devices * sizeof(format::DeviceSlot);
    xattr_start = format::round_up(table_end, kBlock);
    meta_start = format::round_up(xattr_start + xattrs.shared_bytes(), kBlock);
    place();
    blocks_start = format::round_up(meta_start + cursor_, kBlock);
    end = blocks_start + blocks_ * kBlock;
    if (cursor_ / kSlot > 0xFFFFFFFF || end / kBlock > format::kMaxBlocks) {
        throw Error{Errc::exhausted, "the names of a layer need more than 128 GiB"};
    }
}

void ImageLayout::arrange()
{
    count(tree.node(Tree::kRoot));
    std::vector<LaidOutDirectory> todo{{Tree::kRoot, Tree::kRoot}};
    while (!todo.empty()) {
        const LaidOutDirectory directory = todo.back();
        todo.pop_back();
        directories.push_back(directory);
        const auto before = static_cast<std::ptrdiff_t>(todo.size());
        arrange_children(directory, todo);
        std::reverse(todo.begin() + before, todo.end());
    }
}

void ImageLayout::arrange_children(const LaidOutDirectory& directory,
                                   std::vector<LaidOutDirectory>& subdirectories)
{
    sort_children(tree, directory.node);
    const std::size_t before = subdirectories.size();
    for (std::uint32_t child = tree.node(directory.node).value; child != kNone;) {
        const TreeEntry& entry = tree.entry(child);
        count(tree.node(entry.node));
        if (tree.node(entry.node).is_directory()) {
            subdirectories.push_back({entry.node, directory.node});
        }
        child = entry.next;
    }
    DirectorySize size;
    for_each_name(directory, [&](std::string_view name, std::uint32_t) { size.add(name.size()); });
    TreeNode& node = tree.node(directory.node);
    node.size = size.bytes();
    node.links = static_cast<std::uint32_t>(2 + subdirectories.size() - before);
}

void ImageLayout::count(TreeNode& child)
{
    if (child.links++ > 0) {
        return;
    }
    ++counts.inodes;
    xattrs.count_use(child.xattrs);
    if (has_chunks(child) || is_symlink(child)) {
        counts.content_bytes += child.size;
    }
}

void ImageLayout::place()
{
    cursor_ = kSlot; // inode numbers are slots, and 0 is not one that readdir shows
    place(tree.node(Tree::kRoot));
    for (const LaidOutDirectory& directory : directories) {
        for (std::uint32_t child = tree.node(directory.node).value; child != kNone;) {
            const TreeEntry& entry = tree.entry(child);
            place(tree.node(entry.node));
            child = entry.next;
        }
    }
}

void ImageLayout::place(TreeNode& node)
{
    if (node.slot != 0) {
        return; // a hard link
    }
    std::uint64_t start = format::round_up(cursor_, kSlot);
    const std::uint64_t fixed = fixed_bytes(node);
    cursor_ = start + fixed;
    if (has_chunks(node)) {
        cursor_ = format::round_up(cursor_, sizeof(format::ChunkEntry)) +
                  Chunks{node.size}.count * sizeof(format::ChunkEntry);
    } else if (node.is_directory() || is_symlink(node)) {
        const Placement placement{fixed, node.size};
        blocks_ += placement.blocks;
        if (const std::uint64_t in_block = cursor_ % kBlock; in_block + placement.tail > kBlock) {
            start += format::round_up(kBlock - in_block, kSlot);
        }
        cursor_ = start + fixed + placement.tail;
    }
    node.slot = static_cast<std::uint32_t>(start / kSlot);
}

} // namespace strata::erofs
