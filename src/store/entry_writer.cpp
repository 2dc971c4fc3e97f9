// SPDX-License-Identifier: Apache-2.0
#include "store/entry_writer.hpp"

#include "base/error.hpp"
#include "erofs/xattr_name.hpp"
#include "sys/copy.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

namespace strata::store {
namespace {

using io::EntryType;
using sys::Node;

/// Where overlayfs looks for its orders; empty where no overlayfs will look.
std::string_view overlay_prefix(WhiteoutFormat format)
{
    switch (format) {
    case WhiteoutFormat::none:
        return "";
    case WhiteoutFormat::overlay:
        return "trusted.overlay.";
    case WhiteoutFormat::overlay_user:
        return "user.overlay.";
    }
    return "";
}

} // namespace

std::string xattr_on_disk(const std::string& name, WhiteoutFormat format)
{
    const std::string_view prefix = overlay_prefix(format);
    return prefix.empty() || !name.starts_with(prefix)
               ? name
               : fmt::format("{}overlay.{}", prefix, name.substr(prefix.size()));
}

std::string opaque_xattr(WhiteoutFormat format)
{
    return fmt::format("{}opaque", overlay_prefix(format));
}

io::TarEntry entry_of(const erofs::Reader& index, const erofs::Inode& inode)
{
    io::TarEntry entry;
    entry.type = inode.type;
    entry.mode = inode.mode;
    entry.uid = inode.uid;
    entry.gid = inode.gid;
    entry.mtime = inode.mtime;
    entry.size = inode.size;
    entry.device_major = inode.device_major;
    entry.device_minor = inode.device_minor;
    entry.xattrs = index.xattrs(inode);
    if (inode.type == EntryType::symlink) {
        entry.link_target = index.link_target(inode);
    }
    return entry;
}

bool EntryWriter::create(const io::TarEntry& entry, const Node& node) const
{
    switch (entry.type) {
    case EntryType::file:
        sys::create_file(node, 0600);
        return true;
    case EntryType::symlink:
        sys::create_symlink(node, entry.link_target);
        return true;
    case EntryType::fifo:
        sys::create_special(node, S_IFIFO | entry.mode);
        return true;
    case EntryType::char_device:
    case EntryType::block_device:
        if (options_.ownership == Ownership::caller) {
            return false;
        }
        sys::create_special(node,
                            (entry.type == EntryType::char_device ? S_IFCHR : S_IFBLK) | entry.mode,
                            entry.device_major, entry.device_minor);
        return true;
    case EntryType::directory:
    case EntryType::hard_link:
        break;
    }
    throw Error{Errc::internal, "not a leaf"};
}

void EntryWriter::write_content(const sys::Fd& file, const io::TarEntry& entry,
                                io::TarReader& reader)
{
    const auto whole = std::array{io::SparseExtent{0, entry.size}};
    std::uint64_t end = 0;
    for (const io::SparseExtent& extent :
         entry.is_sparse ? std::span{entry.sparse} : std::span{whole}) {
        write_extent(file, extent, reader);
        end = extent.offset + extent.length;
    }
    if (end < entry.size) {
        sys::resize(file, entry.size);
    }
}

void EntryWriter::write_extent(const sys::Fd& file, const io::SparseExtent& extent,
                               io::TarReader& reader)
{
    for (std::uint64_t written = 0; written < extent.length;) {
        const auto left = static_cast<std::size_t>(
            std::min<std::uint64_t>(extent.length - written, buffer_.size()));
        const std::size_t got = reader.read_data(std::span{buffer_}.first(left));
        if (got == 0) {
            throw Error{Errc::corrupt, "its data ends early"};
        }
        sys::write_all_at(file, std::span{buffer_}.first(got), extent.offset + written);
        written += got;
    }
}

void EntryWriter::set_owner_and_xattrs(const io::TarEntry& entry, const Node& node) const
{
    if (options_.ownership == Ownership::archived) {
        sys::set_owner(node, entry.uid, entry.gid);
    }
    for (const io::Xattr& xattr : entry.xattrs) {
        if (may_set(xattr.name, node)) {
            sys::set_xattr(node, xattr_on_disk(xattr.name, options_.whiteouts), xattr.value);
        }
    }
}

void EntryWriter::set_mode_and_time(const io::TarEntry& entry, const Node& node)
{
    sys::set_mode(node, entry.mode);
    sys::set_mtime(node, entry.mtime.seconds, entry.mtime.nanoseconds);
}

/// What no file can have is left out, as it is from the index of the same layer.
bool EntryWriter::may_set(const std::string& xattr, const Node& node) const
{
    if (options_.ownership == Ownership::caller && !xattr.starts_with("user.")) {
        return false;
    }
    const auto mode = static_cast<std::uint16_t>(sys::find_status(node).value().st_mode);
    return erofs::can_have_xattr(mode, xattr);
}

void EntryWriter::drop_xattrs(const Node& node) const
{
    const std::string opaque = opaque_xattr(options_.whiteouts);
    for (const std::string& name : sys::list_xattrs(node)) {
        if (name != opaque &&
            (options_.ownership == Ownership::archived || name.starts_with("user."))) {
            sys::remove_xattr(node, name);
        }
    }
}

void EntryWriter::give_to_root(const Node& node) const
{
    if (options_.ownership == Ownership::archived) {
        sys::set_owner(node, 0, 0);
    }
}

void EntryWriter::set_opaque(const Node& node) const
{
    if (options_.whiteouts != WhiteoutFormat::none) {
        sys::set_xattr(node, opaque_xattr(options_.whiteouts), "y");
    }
}

void EntryWriter::create_whiteout(const Node& node) const
{
    if (options_.whiteouts != WhiteoutFormat::none) {
        sys::create_special(node, S_IFCHR);
    }
}

} // namespace strata::store
