// SPDX-License-Identifier: Apache-2.0
//
// EROFS on disk, as much of it as an index or a stack uses: 512-byte blocks, no compression, files
// as chunks on extra devices. docs/formats/layer-index.md says what each field holds in ours.
//
// The structures are laid over bytes with memcpy, never by pointer, and only on little-endian
// machines, so the fields need no conversion.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace strata::erofs::format {

static_assert(std::endian::native == std::endian::little, "EROFS is little-endian, and so are we");

constexpr unsigned kBlockBits = 9; // 512: what tar aligns file data to
constexpr std::uint64_t kBlock = 1U << kBlockBits;
constexpr std::uint64_t kSlot = 32; // a nid counts these from the start of the metadata area
constexpr std::uint64_t kMaxBlocks = 0xFFFFFFFF; // a device has fewer: addresses have 32 bits

constexpr std::uint64_t kSuperOffset = 1024;
constexpr std::uint32_t kMagic = 0xE0F5E1E2;
constexpr std::uint32_t kCompatMtime = 2;
constexpr std::uint32_t kIncompatChunked = 4;
constexpr std::uint32_t kIncompatDevices = 8;

struct SuperBlock {
    std::uint32_t magic = kMagic;
    std::uint32_t checksum = 0; // not used: the feature bit is clear
    std::uint32_t feature_compat = kCompatMtime;
    std::uint8_t block_bits = kBlockBits;
    std::uint8_t extension_slots = 0;
    std::uint16_t root_nid = 0;
    std::uint64_t inodes = 0;
    std::uint64_t build_time = 0;
    std::uint32_t build_time_ns = 0;
    std::uint32_t blocks = 0;
    std::uint32_t meta_block = 0;
    std::uint32_t xattr_block = 0;
    std::uint8_t uuid[16]{};
    char volume_name[16]{};
    std::uint32_t feature_incompat = kIncompatChunked | kIncompatDevices;
    std::uint16_t compression = 0;
    std::uint16_t extra_devices = 0;
    std::uint16_t device_table_slot = 0; // of kDeviceSlot bytes, from the start of the image
    std::uint8_t directory_block_bits = 0;
    std::uint8_t xattr_prefixes = 0;
    std::uint32_t xattr_prefix_start = 0;
    std::uint64_t packed_nid = 0;
    std::uint8_t xattr_filter_reserved = 0;
    std::uint8_t reserved[23]{};
};
static_assert(sizeof(SuperBlock) == 128);

constexpr std::size_t kTagBytes = 64;
constexpr std::size_t kMaxDevices = 0xFFFE;

struct DeviceSlot {
    char tag[kTagBytes]{};
    std::uint32_t blocks = 0;
    std::uint32_t mapped_block = 0; // 0: not part of one address space
    std::uint8_t reserved[56]{};
};
static_assert(sizeof(DeviceSlot) == 128);

enum class Layout : std::uint8_t { flat = 0, flat_inline = 2, chunked = 4 };

struct CompactInode {
    std::uint16_t format = 0;
    std::uint16_t xattr_count = 0;
    std::uint16_t mode = 0;
    std::uint16_t links = 0;
    std::uint32_t size = 0;
    std::uint32_t reserved = 0;
    std::uint32_t u = 0;
    std::uint32_t ino = 0;
    std::uint16_t uid = 0;
    std::uint16_t gid = 0;
    std::uint32_t reserved2 = 0;
};
static_assert(sizeof(CompactInode) == 32);

struct ExtendedInode {
    std::uint16_t format = 0; // bit 0 set, bits 1-3 Layout
    std::uint16_t xattr_count = 0;
    std::uint16_t mode = 0;
    std::uint16_t reserved = 0;
    std::uint64_t size = 0;
    std::uint32_t u = 0; // first block, device number or chunk format
    std::uint32_t ino = 0;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::int64_t mtime = 0;
    std::uint32_t mtime_ns = 0;
    std::uint32_t links = 0;
    std::uint8_t reserved2[16]{};
};
static_assert(sizeof(ExtendedInode) == 64);

constexpr std::uint16_t inode_format(Layout layout)
{
    return static_cast<std::uint16_t>(1U | static_cast<unsigned>(layout) << 1U);
}

/// In an inode's `u`: how many blocks a chunk has, as a power of two, and that entries have 8
/// bytes.
constexpr std::uint32_t kChunkBitsMask = 0x1F;
constexpr std::uint32_t kChunkIndexes = 0x20;
constexpr std::uint32_t kNoBlock = 0xFFFFFFFF; // a hole

struct ChunkEntry {
    std::uint16_t block_high = 0;
    std::uint16_t device = 0;
    std::uint32_t block = kNoBlock;
};
static_assert(sizeof(ChunkEntry) == 8);

// Packed by 4: entries follow each other without a gap.
struct [[gnu::packed]] DirectoryEntry {
    std::uint64_t nid = 0;
    std::uint16_t name_offset = 0; // in its block
    std::uint8_t type = 0;
    std::uint8_t reserved = 0;
};
static_assert(sizeof(DirectoryEntry) == 12);

constexpr std::size_t kMaxName = 255;

/// File types in directories; 0 is unknown.
enum class FileType : std::uint8_t {
    file = 1,
    directory,
    char_device,
    block_device,
    fifo,
    socket,
    symlink
};

struct XattrHeader {
    std::uint32_t name_filter = 0;
    std::uint8_t shared_count = 0;
    std::uint8_t reserved[7]{};
};
static_assert(sizeof(XattrHeader) == 12);

struct XattrEntry {
    std::uint8_t name_bytes = 0;
    std::uint8_t prefix = 0;
    std::uint16_t value_bytes = 0;
};
static_assert(sizeof(XattrEntry) == 4);

/// st_mode's type bits; spelled here because they are part of the format.
constexpr std::uint16_t kTypeMask = 0170000;
constexpr std::uint16_t kFifo = 0010000;
constexpr std::uint16_t kCharDevice = 0020000;
constexpr std::uint16_t kDirectory = 0040000;
constexpr std::uint16_t kBlockDevice = 0060000;
constexpr std::uint16_t kRegular = 0100000;
constexpr std::uint16_t kSymlink = 0120000;
constexpr std::uint16_t kSocket = 0140000;

constexpr FileType file_type(std::uint16_t mode)
{
    switch (mode & kTypeMask) {
    case kRegular:
        return FileType::file;
    case kDirectory:
        return FileType::directory;
    case kCharDevice:
        return FileType::char_device;
    case kBlockDevice:
        return FileType::block_device;
    case kFifo:
        return FileType::fifo;
    case kSocket:
        return FileType::socket;
    case kSymlink:
        return FileType::symlink;
    default:
        return FileType{0};
    }
}

/// Device numbers as the kernel's new_encode_dev packs them.
constexpr std::uint32_t kMaxMajor = 0xFFF;
constexpr std::uint32_t kMaxMinor = 0xFFFFF;

constexpr std::uint32_t encode_device(std::uint32_t major, std::uint32_t minor)
{
    return (minor & 0xFFU) | major << 8U | (minor & ~0xFFU) << 12U;
}
constexpr std::uint32_t device_major(std::uint32_t device)
{
    return device >> 8U & kMaxMajor;
}
constexpr std::uint32_t device_minor(std::uint32_t device)
{
    return (device & 0xFFU) | (device >> 12U & 0xFFF00U);
}

constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t to)
{
    return (value + to - 1) / to * to;
}

} // namespace strata::erofs::format
