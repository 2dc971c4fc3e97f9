// SPDX-License-Identifier: Apache-2.0
#include "erofs/index.hpp"

#include "base/error.hpp"
#include "erofs/extra_device.hpp"
#include "erofs/format.hpp"
#include "erofs/image_writer.hpp"
#include "erofs/layer_tree.hpp"
#include "erofs/xattr_name.hpp"
#include "io/printable.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace strata::erofs {

namespace {

constexpr std::uint32_t kTarDevice = 1;
constexpr std::uint16_t kExtraDevice = 2;
constexpr std::size_t kMaxTarget = 4095;        // PATH_MAX without its NUL
constexpr std::size_t kMaxAttributes = 250'000; // bytes of one inode; the format ends at 256 KiB
constexpr std::uint32_t kNoId = 0xFFFFFFFF;     // "leave it" to chown(2), and nobody's id

[[noreturn]] void refuse(std::string why)
{
    throw Error{Errc::invalid_argument, std::move(why)};
}

std::uint16_t type_bits(io::EntryType type)
{
    switch (type) {
    case io::EntryType::symlink:
        return format::kSymlink;
    case io::EntryType::directory:
        return format::kDirectory;
    case io::EntryType::char_device:
        return format::kCharDevice;
    case io::EntryType::block_device:
        return format::kBlockDevice;
    case io::EntryType::fifo:
        return format::kFifo;
    case io::EntryType::file:
    case io::EntryType::hard_link:
        break;
    }
    return format::kRegular;
}

std::uint32_t device_number(const io::TarEntry& entry)
{
    if (entry.device_major > format::kMaxMajor || entry.device_minor > format::kMaxMinor) {
        refuse(fmt::format("it is a device {}:{}, beyond what Linux can number", entry.device_major,
                           entry.device_minor));
    }
    const std::uint32_t number = format::encode_device(entry.device_major, entry.device_minor);
    if (number == 0 && entry.type == io::EntryType::char_device) {
        refuse("it is a character device 0:0, which would hide files of lower layers");
    }
    return number;
}

void check_target(const std::string& target)
{
    if (target.empty() || target.size() > kMaxTarget || target.find('\0') != std::string::npos) {
        refuse(fmt::format("it is a symlink whose target is empty, has a NUL byte or more than {} "
                           "bytes",
                           kMaxTarget));
    }
}

/// An encoded attribute's namespace and name.
std::pair<char, std::string_view> encoded_name(std::string_view encoded)
{
    const auto bytes = static_cast<unsigned char>(encoded[0]);
    return {encoded[1], encoded.substr(sizeof(format::XattrEntry), bytes)};
}

} // namespace

struct IndexBuilder::State {
    LayerTree layer;
    ExtraDevice extra;
    std::uint64_t tar_end = 0; // the last byte of the tar that a file refers to

    void add(const io::TarEntry& entry, io::TarReader& reader);
    static TreeNode metadata(const io::TarEntry& entry);
    void place_content(const io::TarEntry& entry, io::TarReader& reader, TreeNode& node);
    void add_hard_link(const io::TarEntry& entry);
    std::uint32_t xattr_set(const std::vector<io::Xattr>& xattrs, std::uint16_t mode);
};

void IndexBuilder::State::add(const io::TarEntry& entry, io::TarReader& reader)
{
    if (layer.take_whiteout(entry.path)) {
        return;
    }
    if (entry.type == io::EntryType::hard_link) {
        add_hard_link(entry);
        return;
    }
    TreeNode node = metadata(entry);
    node.xattrs = xattr_set(entry.xattrs, node.mode);
    switch (entry.type) {
    case io::EntryType::directory:
        layer.put_directory(entry.path, node);
        return;
    case io::EntryType::symlink:
        check_target(entry.link_target);
        node.mode = format::kSymlink | 0777;
        node.size = entry.link_target.size();
        node.value = layer.tree().add_text(entry.link_target);
        break;
    case io::EntryType::char_device:
    case io::EntryType::block_device:
        node.value = device_number(entry);
        break;
    case io::EntryType::file:
        place_content(entry, reader, node);
        break;
    case io::EntryType::fifo:
    case io::EntryType::hard_link:
        break;
    }
    layer.put_node(entry.path, node);
}

TreeNode IndexBuilder::State::metadata(const io::TarEntry& entry)
{
    if (entry.uid == kNoId || entry.gid == kNoId) {
        refuse(fmt::format("it belongs to {}, which is no user or group", kNoId));
    }
    if (entry.mtime.nanoseconds >= 1'000'000'000) {
        refuse("its time has more nanoseconds than a second");
    }
    return {
        .mtime = entry.mtime.seconds,
        .mtime_ns = entry.mtime.nanoseconds,
        .uid = entry.uid,
        .gid = entry.gid,
        .mode = static_cast<std::uint16_t>(type_bits(entry.type) | (entry.mode & 07777U)),
    };
}

void IndexBuilder::State::place_content(const io::TarEntry& entry, io::TarReader& reader,
                                        TreeNode& node)
{
    node.size = entry.size;
    if (entry.size == 0) {
        return;
    }
    if (entry.is_sparse || entry.data_offset % format::kBlock != 0) {
        node.value = extra.copy(entry, reader);
        node.device = node.value == kNone ? std::uint16_t{0} : kExtraDevice;
        return;
    }
    const std::uint64_t block = entry.data_offset / format::kBlock;
    if (entry.size > format::kMaxBlocks * format::kBlock - entry.data_offset ||
        block >= format::kMaxBlocks) {
        throw Error{Errc::unsupported, "it lies beyond the first 2 TiB of the layer"};
    }
    tar_end = std::max(tar_end, entry.data_offset + entry.size);
    node.value = static_cast<std::uint32_t>(block);
    node.device = kTarDevice;
}

void IndexBuilder::State::add_hard_link(const io::TarEntry& entry)
{
    const TreeNode said = metadata(entry);
    TreeNode& node = layer.tree().node(layer.put_link(entry.path, entry.link_target));
    node.uid = said.uid;
    node.gid = said.gid;
    node.mtime = said.mtime;
    node.mtime_ns = said.mtime_ns;
    if ((node.mode & format::kTypeMask) != format::kSymlink) {
        node.mode = static_cast<std::uint16_t>((node.mode & format::kTypeMask) |
                                               (said.mode & ~format::kTypeMask));
    }
    if (!entry.xattrs.empty()) {
        node.xattrs = xattr_set(entry.xattrs, node.mode);
    }
}

std::uint32_t IndexBuilder::State::xattr_set(const std::vector<io::Xattr>& xattrs,
                                             std::uint16_t mode)
{
    if (xattrs.empty()) {
        return 0;
    }
    std::size_t bytes = 0;
    std::vector<std::string> encoded;
    for (const io::Xattr& xattr : xattrs) {
        if (std::optional<std::string> one = encode_xattr(xattr, mode)) {
            bytes += one->size();
            encoded.push_back(std::move(*one));
        }
    }
    if (bytes > kMaxAttributes) {
        refuse(fmt::format("it has {} bytes of extended attributes; at most {} are possible", bytes,
                           kMaxAttributes));
    }
    // Of two attributes of one name the later counts.
    std::stable_sort(encoded.begin(), encoded.end(), [](const auto& a, const auto& b) {
        return encoded_name(a) < encoded_name(b);
    });
    std::vector<std::uint32_t> attributes;
    for (std::size_t i = 0; i < encoded.size(); ++i) {
        if (i + 1 == encoded.size() || encoded_name(encoded[i]) != encoded_name(encoded[i + 1])) {
            attributes.push_back(layer.tree().attribute(encoded[i]));
        }
    }
    return layer.tree().xattr_set(attributes);
}

IndexBuilder::IndexBuilder() : state_{std::make_unique<State>()} {}
IndexBuilder::~IndexBuilder() = default;

void IndexBuilder::add(const io::TarEntry& entry, io::TarReader& reader)
{
    in_context([&] { return fmt::format("entry {}", io::printable(entry.path)); },
               [&] { state_->add(entry, reader); });
}

void IndexBuilder::set_extra(sys::Fd extra)
{
    state_->extra.set_file(std::move(extra));
}

IndexSummary IndexBuilder::write(const sys::Fd& index, const std::string& tar_tag,
                                 std::uint64_t tar_bytes)
{
    if (state_->tar_end > tar_bytes) {
        throw Error{Errc::corrupt, fmt::format("the layer has {} bytes and its files end at {}",
                                               tar_bytes, state_->tar_end)};
    }
    IndexSummary summary{.extra_bytes = state_->extra.finish()};
    std::vector<DeviceInfo> devices{{tar_tag, tar_bytes}};
    if (summary.extra_bytes > 0) {
        const std::string tag = "extra-" + tar_tag;
        devices.push_back({tag.substr(0, format::kTagBytes), summary.extra_bytes});
    }
    state_->layer.finish();
    const ImageCounts counts = write_image(state_->layer.tree(), devices, index);
    summary.inodes = counts.inodes;
    summary.content_bytes = counts.content_bytes;
    return summary;
}

IndexSummary write_index(io::Source& tar, const sys::Fd& index, sys::Fd extra,
                         const std::string& tar_tag, const io::TarLimits& limits)
{
    io::TarReader reader{tar, limits};
    IndexBuilder builder;
    builder.set_extra(std::move(extra));
    while (const io::TarEntry* const entry = reader.next()) {
        builder.add(*entry, reader);
    }
    reader.drain();
    return builder.write(index, tar_tag, reader.offset());
}

} // namespace strata::erofs
