// SPDX-License-Identifier: Apache-2.0
//
// Writes what image_layout.cpp has laid out, walking the directories in the same order. Inodes grow
// at one place of the file and directory blocks at another, each front to back.
#include "erofs/image_writer.hpp"

#include "base/error.hpp"
#include "erofs/directory_blocks.hpp"
#include "erofs/format.hpp"
#include "erofs/image_layout.hpp"
#include "erofs/offset_writer.hpp"
#include "erofs/seeded_hash.hpp"

#include <algorithm>
#include <cstring>

namespace strata::erofs {

namespace {

using format::kBlock;
using format::kSlot;

std::uint32_t blocks_of(const DeviceInfo& device)
{
    const std::uint64_t blocks = format::round_up(device.bytes, kBlock) / kBlock;
    if (blocks >= format::kMaxBlocks) {
        throw Error{
            Errc::unsupported,
            fmt::format("a layer of {} bytes: an index refers to at most 2 TiB", device.bytes)};
    }
    return static_cast<std::uint32_t>(blocks);
}

class ImageWriter {
public:
    ImageWriter(const sys::Fd& file, Tree& tree, std::span<const DeviceInfo> devices)
        : devices_{devices}
        , layout_{tree, devices.size()}
        , head_{file, 0}
        , inodes_{file, layout_.meta_start}
        , blocks_{file, layout_.blocks_start}
    {
    }

    ImageCounts write()
    {
        write_head();
        write_inode(Tree::kRoot, Tree::kRoot);
        for (const LaidOutDirectory& directory : layout_.directories) {
            for (std::uint32_t child = tree().node(directory.node).value; child != kNone;) {
                const TreeEntry& entry = tree().entry(child);
                write_inode(entry.node, directory.node);
                child = entry.next;
            }
        }
        inodes_.pad_to(layout_.blocks_start);
        inodes_.flush();
        blocks_.pad_to(layout_.end);
        blocks_.flush();
        return layout_.counts;
    }

private:
    const Tree& tree() const { return layout_.tree; }

    void write_head();
    format::SuperBlock super_block() const;

    void write_inode(std::uint32_t index, std::uint32_t parent);
    format::ExtendedInode inode(const TreeNode& node) const;
    void write_chunks(const TreeNode& file);
    void write_target(const TreeNode& symlink, const Placement& placement);
    void write_directory(const LaidOutDirectory& directory, const Placement& placement);
    void write_block(std::string_view bytes);

    std::span<const DeviceInfo> devices_;
    ImageLayout layout_;
    OffsetWriter head_;
    OffsetWriter inodes_;
    OffsetWriter blocks_;
    std::uint32_t last_slot_ = 0;
    DirectoryBlock block_;
};

void ImageWriter::write_head()
{
    head_.pad_to(format::kSuperOffset);
    head_.write_struct(super_block());
    for (const DeviceInfo& device : devices_) {
        if (device.tag.size() > format::kTagBytes) {
            throw Error{Errc::invalid_argument,
                        fmt::format("the device tag {:?} has more than 64 bytes", device.tag)};
        }
        format::DeviceSlot slot{.blocks = blocks_of(device)};
        std::copy(device.tag.begin(), device.tag.end(), slot.tag);
        head_.write_struct(slot);
    }
    head_.pad_to(layout_.xattr_start);
    layout_.xattrs.write_shared(head_);
    head_.pad_to(layout_.meta_start);
    head_.flush();
}

format::SuperBlock ImageWriter::super_block() const
{
    // The same layers give the same identity, and other layers another.
    std::uint64_t uuid[2]{devices_.size(), ~devices_.size()};
    for (const DeviceInfo& device : devices_) {
        uuid[0] = SeededHash{uuid[0], uuid[1]}(device.tag, device.bytes);
        uuid[1] = SeededHash{uuid[1], uuid[0]}(device.tag, device.bytes);
    }
    format::SuperBlock super;
    std::memcpy(super.uuid, uuid, sizeof uuid);
    super.uuid[6] = static_cast<std::uint8_t>((super.uuid[6] & 0x0F) | 0x80); // RFC 9562: version 8
    super.uuid[8] = static_cast<std::uint8_t>((super.uuid[8] & 0x3F) | 0x80);
    super.root_nid = static_cast<std::uint16_t>(tree().node(Tree::kRoot).slot);
    super.inodes = layout_.counts.inodes;
    super.blocks = static_cast<std::uint32_t>(layout_.end / kBlock);
    super.meta_block = static_cast<std::uint32_t>(layout_.meta_start / kBlock);
    super.xattr_block = static_cast<std::uint32_t>(layout_.xattr_start / kBlock);
    super.extra_devices = static_cast<std::uint16_t>(devices_.size());
    super.device_table_slot = (format::kSuperOffset + sizeof super) / sizeof(format::DeviceSlot);
    return super;
}

void ImageWriter::write_inode(std::uint32_t index, std::uint32_t parent)
{
    const TreeNode& node = tree().node(index);
    if (node.slot <= last_slot_) {
        return; // a hard link, written under its first name
    }
    last_slot_ = node.slot;
    inodes_.pad_to(layout_.meta_start + node.slot * kSlot);
    inodes_.write_struct(inode(node));
    layout_.xattrs.write_inline(node.xattrs, inodes_);
    if (has_chunks(node)) {
        write_chunks(node);
    } else if (node.is_directory()) {
        write_directory({index, parent}, {layout_.fixed_bytes(node), node.size});
    } else if (is_symlink(node)) {
        write_target(node, {layout_.fixed_bytes(node), node.size});
    }
}

format::ExtendedInode ImageWriter::inode(const TreeNode& node) const
{
    const std::uint32_t xattr_bytes = layout_.xattrs.inline_bytes(node.xattrs);
    format::ExtendedInode inode{
        .format = format::inode_format(format::Layout::flat),
        .xattr_count = static_cast<std::uint16_t>(
            xattr_bytes == 0 ? 0 : (xattr_bytes - sizeof(format::XattrHeader)) / 4 + 1),
        .mode = node.mode,
        .size = node.size,
        .ino = node.slot,
        .uid = node.uid,
        .gid = node.gid,
        .mtime = node.mtime,
        .mtime_ns = node.mtime_ns,
        .links = node.links,
    };
    if (has_chunks(node)) {
        inode.format = format::inode_format(format::Layout::chunked);
        inode.u = Chunks{node.size}.bits | format::kChunkIndexes;
    } else if (node.is_directory() || is_symlink(node)) {
        if (Placement{layout_.fixed_bytes(node), node.size}.tail > 0) {
            inode.format = format::inode_format(format::Layout::flat_inline);
        }
        inode.u = static_cast<std::uint32_t>(blocks_.offset() / kBlock);
    } else if ((node.mode & format::kTypeMask) != format::kRegular) {
        inode.u = node.value;
    }
    return inode;
}

void ImageWriter::write_chunks(const TreeNode& file)
{
    inodes_.pad_to(format::round_up(inodes_.offset(), sizeof(format::ChunkEntry)));
    const Chunks chunks{file.size};
    for (std::uint64_t i = 0; i < chunks.count; ++i) {
        format::ChunkEntry entry;
        if (file.value != kNone) {
            entry.device = file.device;
            entry.block = static_cast<std::uint32_t>(file.value + (i << chunks.bits));
        }
        inodes_.write_struct(entry);
    }
}

void ImageWriter::write_target(const TreeNode& symlink, const Placement& placement)
{
    const std::string_view target = tree().link_target(symlink);
    const std::size_t in_blocks = target.size() - placement.tail;
    write_block(target.substr(0, in_blocks));
    inodes_.write_text(target.substr(in_blocks));
}

void ImageWriter::write_directory(const LaidOutDirectory& directory, const Placement& placement)
{
    layout_.for_each_name(directory, [&](std::string_view name, std::uint32_t index) {
        if (!block_.fits(name)) {
            write_block(block_.take());
        }
        const TreeNode& child = tree().node(index);
        block_.add(name, child.slot, format::file_type(child.mode));
    });
    if (placement.tail > 0) {
        inodes_.write_text(block_.take());
    } else {
        write_block(block_.take());
    }
}

void ImageWriter::write_block(std::string_view bytes)
{
    blocks_.write_text(bytes);
    blocks_.pad_to(format::round_up(blocks_.offset(), kBlock));
}

} // namespace

ImageCounts write_image(Tree& tree, std::span<const DeviceInfo> devices, const sys::Fd& image)
{
    if (devices.size() > format::kMaxDevices) {
        throw Error{Errc::unsupported, fmt::format("{} devices: one file system has at most {}",
                                                   devices.size(), format::kMaxDevices)};
    }
    return ImageWriter{image, tree, devices}.write();
}

} // namespace strata::erofs
