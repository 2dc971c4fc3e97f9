// SPDX-License-Identifier: Apache-2.0
#include "erofs/image.hpp"

#include "base/error.hpp"
#include "erofs/xattr_name.hpp"

#include <algorithm>
#include <cstring>

namespace strata::erofs {

using format::kBlock;
using format::kSlot;

namespace {

constexpr std::uint32_t kKnownFeatures = format::kIncompatChunked | format::kIncompatDevices;

/// A file is one chunk, and only beyond the format's largest, 1 TiB, more; devices end at 2 TiB.
constexpr std::uint64_t kMaxChunks = 2;

constexpr std::uint64_t kMaxTarget = 4095; // PATH_MAX without its NUL

/// What holds for every inode of ours. Checked here, it holds for whatever is made of an image.
void check(const ImageNode& node)
{
    const format::FileType type = format::file_type(node.mode);
    if (type == format::FileType{0} || type == format::FileType::socket) {
        throw_corrupt(node.nid, "has a type that no layer has");
    }
    if (node.mtime_ns >= 1'000'000'000) {
        throw_corrupt(node.nid, "has a time of more than a second's nanoseconds");
    }
    if (type == format::FileType::symlink && (node.size == 0 || node.size > kMaxTarget)) {
        throw_corrupt(node.nid, "is a symlink with a target that none can have");
    }
}

std::uint64_t name_end(std::string_view block, std::size_t begin)
{
    const std::size_t end = block.find('\0', begin);
    return end == std::string_view::npos ? block.size() : end;
}

} // namespace

void throw_corrupt(std::string what)
{
    throw Error{Errc::corrupt, "not a sound EROFS image: " + std::move(what)};
}

void throw_corrupt(std::uint64_t nid, std::string_view what)
{
    throw_corrupt(fmt::format("inode {}: {}", nid, what));
}

Image::Image(std::span<const std::byte> bytes) : bytes_{bytes}
{
    const auto super = read<format::SuperBlock>(format::kSuperOffset);
    if (super.magic != format::kMagic) {
        throw_corrupt("it has no super block");
    }
    if (super.block_bits != format::kBlockBits || super.directory_block_bits != 0 ||
        (super.feature_incompat & ~kKnownFeatures) != 0) {
        throw Error{Errc::unsupported,
                    "an EROFS image with other features than those of an index (512-byte blocks, "
                    "no compression): make the index again from its tar"};
    }
    meta_start_ = super.meta_block * kBlock;
    xattr_start_ = super.xattr_block * kBlock;
    root_nid_ = super.root_nid;
    inodes_ = super.inodes;
    build_time_ = static_cast<std::int64_t>(super.build_time);
    build_time_ns_ = super.build_time_ns;
    read_devices(super);
    if (!root().is_directory()) {
        throw_corrupt("its root is not a directory");
    }
}

void Image::read_devices(const format::SuperBlock& super)
{
    if ((super.feature_incompat & format::kIncompatDevices) == 0) {
        return;
    }
    const std::uint64_t start = std::uint64_t{super.device_table_slot} * sizeof(format::DeviceSlot);
    for (std::uint64_t i = 0; i < super.extra_devices; ++i) {
        const auto slot = read<format::DeviceSlot>(start + i * sizeof(format::DeviceSlot));
        const char* const end = std::find(slot.tag, slot.tag + sizeof slot.tag, '\0');
        devices_.push_back({std::string{slot.tag, end}, slot.blocks});
    }
}

std::string_view Image::at(std::uint64_t offset, std::uint64_t size) const
{
    if (offset > bytes_.size() || size > bytes_.size() - offset) {
        throw_corrupt(
            fmt::format("it refers to {} bytes at {}, and has {}", size, offset, bytes_.size()));
    }
    // Chars may alias anything.
    return {reinterpret_cast<const char*>(bytes_.data()) + offset, size};
}

template <typename T>
T Image::read(std::uint64_t offset) const
{
    T value;
    std::memcpy(&value, at(offset, sizeof value).data(), sizeof value);
    return value;
}

ImageNode Image::node(std::uint64_t nid) const
{
    if (nid > bytes_.size() / kSlot) {
        throw_corrupt(nid, "lies beyond the end");
    }
    const std::uint64_t offset = meta_start_ + nid * kSlot;
    const auto format = read<std::uint16_t>(offset);
    ImageNode node{.nid = nid,
                   .layout = format::Layout{static_cast<std::uint8_t>(format >> 1U & 7U)}};
    if ((format & 1U) != 0) {
        const auto inode = read<format::ExtendedInode>(offset);
        node.mode = inode.mode;
        node.xattr_count = inode.xattr_count;
        node.uid = inode.uid;
        node.gid = inode.gid;
        node.links = inode.links;
        node.mtime = inode.mtime;
        node.mtime_ns = inode.mtime_ns;
        node.size = inode.size;
        node.u = inode.u;
        node.xattr_offset = offset + sizeof inode;
    } else {
        const auto inode = read<format::CompactInode>(offset);
        node.mode = inode.mode;
        node.xattr_count = inode.xattr_count;
        node.uid = inode.uid;
        node.gid = inode.gid;
        node.links = inode.links;
        node.mtime = build_time_;
        node.mtime_ns = build_time_ns_;
        node.size = inode.size;
        node.u = inode.u;
        node.xattr_offset = offset + sizeof inode;
    }
    const std::uint64_t xattr_bytes =
        node.xattr_count == 0 ? 0 : sizeof(format::XattrHeader) + 4 * (node.xattr_count - 1ULL);
    node.data_offset = node.xattr_offset + xattr_bytes;
    check(node);
    return node;
}

std::uint64_t Image::block_count(const ImageNode& node) const
{
    if (node.layout != format::Layout::flat && node.layout != format::Layout::flat_inline) {
        throw_corrupt(node.nid, "has a layout that directories and symlinks cannot have");
    }
    if (node.size > bytes_.size()) {
        throw_corrupt(node.nid, "is larger than the image");
    }
    return (node.size + kBlock - 1) / kBlock;
}

std::string_view Image::block(const ImageNode& node, std::uint64_t index) const
{
    const std::uint64_t begin = index * kBlock;
    const std::uint64_t size = std::min(node.size - begin, kBlock);
    if (node.layout == format::Layout::flat || size == kBlock) {
        return at(node.u * kBlock + begin, size);
    }
    if (node.data_offset % kBlock + size > kBlock) {
        throw_corrupt(node.nid, "has a tail that crosses a block");
    }
    return at(node.data_offset, size);
}

std::string Image::link_target(const ImageNode& symlink) const
{
    std::string target;
    for (std::uint64_t i = 0, count = block_count(symlink); i < count; ++i) {
        target += block(symlink, i);
    }
    if (target.find('\0') != std::string::npos) {
        throw_corrupt(symlink.nid, "is a symlink whose target has a NUL byte");
    }
    return target;
}

ImageExtent Image::extent(const ImageNode& file) const
{
    if (file.layout != format::Layout::chunked) {
        if (file.size == 0) {
            return {};
        }
        throw_corrupt(file.nid, "has content that lies in the image");
    }
    const std::uint64_t blocks = file.size / kBlock + (file.size % kBlock != 0);
    const unsigned bits = file.u & format::kChunkBitsMask;
    if ((file.u & format::kChunkIndexes) == 0) {
        throw_corrupt(file.nid, "has chunk entries without a device");
    }
    const std::uint64_t count =
        (blocks >> bits) + ((blocks & ((std::uint64_t{1} << bits) - 1)) != 0);
    const std::uint64_t start = format::round_up(file.data_offset, sizeof(format::ChunkEntry));
    if (count > kMaxChunks) {
        throw_corrupt(file.nid, "has more chunks than the largest file of a layer");
    }
    if (count == 0) {
        return {};
    }
    const auto first = read<format::ChunkEntry>(start);
    for (std::uint64_t i = 1; i < count; ++i) {
        const auto entry = read<format::ChunkEntry>(start + i * sizeof first);
        const bool follows =
            first.block == format::kNoBlock
                ? entry.block == format::kNoBlock
                : entry.device == first.device && entry.block == first.block + (i << bits);
        if (!follows) {
            throw_corrupt(file.nid, "has content that is not in one piece");
        }
    }
    if (first.block == format::kNoBlock) {
        return {};
    }
    if (first.device == 0 || first.device > devices_.size() ||
        first.block + blocks > devices_[first.device - 1].blocks) {
        throw_corrupt(file.nid, "has content beyond the end of its device");
    }
    return {first.device, first.block};
}

DirectoryView::DirectoryView(std::string_view block, std::uint64_t directory)
    : block_{block}, directory_{directory}
{
    if (block.size() <= sizeof(format::DirectoryEntry)) {
        throw_corrupt(directory, "is a directory with a block that is too short");
    }
    const std::size_t first_name = entry(0).name_offset;
    count_ = first_name / sizeof(format::DirectoryEntry);
    if (count_ == 0 || first_name % sizeof(format::DirectoryEntry) != 0 ||
        first_name >= block.size()) {
        throw_corrupt(directory, "is a directory whose entries make no sense");
    }
}

format::DirectoryEntry DirectoryView::entry(std::size_t index) const
{
    format::DirectoryEntry entry;
    std::memcpy(&entry, block_.data() + index * sizeof entry, sizeof entry);
    return entry;
}

std::string_view DirectoryView::name(std::size_t index) const
{
    const std::size_t begin = entry(index).name_offset;
    const std::size_t end = index + 1 < count_       ? entry(index + 1).name_offset
                            : begin >= block_.size() ? 0
                                                     : name_end(block_, begin);
    if (begin < count_ * sizeof(format::DirectoryEntry) || begin >= end || end > block_.size() ||
        end - begin > format::kMaxName) {
        throw_corrupt(directory_, "is a directory whose names lie outside");
    }
    const std::string_view name = block_.substr(begin, end - begin);
    if (name.find('\0') != std::string_view::npos || name.find('/') != std::string_view::npos) {
        throw_corrupt(directory_, "is a directory with a name that no file can have");
    }
    return name;
}

DirectoryCursor::DirectoryCursor(const Image& image, const ImageNode& directory)
    : image_{&image}, directory_{directory}, blocks_{image.block_count(directory)}
{
}

bool DirectoryCursor::next()
{
    if (index_ + 1 < view_.size()) {
        ++index_;
    } else {
        if (next_block_ == blocks_) {
            return false;
        }
        view_ = DirectoryView{image_->block(directory_, next_block_++), directory_.nid};
        index_ = 0;
    }
    const std::string_view name = view_.name(index_);
    if (!(name_ < name)) {
        throw_corrupt(directory_.nid, "is a directory that is not sorted");
    }
    name_ = name;
    return true;
}

bool DirectoryCursor::next_child()
{
    while (next()) {
        if (name_ != "." && name_ != "..") {
            return true;
        }
    }
    return false;
}

AttributeCursor::AttributeCursor(const Image& image, const ImageNode& node)
    : image_{&image}, nid_{node.nid}
{
    if (node.xattr_count == 0) {
        return;
    }
    const auto header = image.read<format::XattrHeader>(node.xattr_offset);
    const std::string_view area = image.at(node.xattr_offset + sizeof header,
                                           node.data_offset - node.xattr_offset - sizeof header);
    const std::size_t shared = header.shared_count * sizeof(std::uint32_t);
    if (shared > area.size()) {
        throw_corrupt(node.nid, "has more attributes than place for them");
    }
    shared_ = area.substr(0, shared);
    rest_ = area.substr(shared);
}

bool AttributeCursor::next()
{
    if (!shared_.empty()) {
        std::uint32_t id = 0;
        std::memcpy(&id, shared_.data(), sizeof id);
        shared_.remove_prefix(sizeof id);
        const std::uint64_t offset = image_->xattr_start_ + id * std::uint64_t{4};
        const auto all = std::min<std::uint64_t>(offset, image_->bytes());
        encoded_ = take(image_->at(all, image_->bytes() - all));
        return true;
    }
    if (!rest_.empty()) {
        encoded_ = take(rest_);
        rest_.remove_prefix(encoded_.size());
        return true;
    }
    return false;
}

std::string_view AttributeCursor::take(std::string_view from) const
{
    const std::optional<std::size_t> size = encoded_xattr_bytes(from);
    if (!size) {
        throw_corrupt(nid_, "has an attribute that goes beyond its place");
    }
    return from.substr(0, *size);
}

} // namespace strata::erofs
