// SPDX-License-Identifier: Apache-2.0
#include "store/tree_check.hpp"

#include "base/error.hpp"
#include "erofs/walk.hpp"
#include "io/layer_name.hpp"
#include "io/printable.hpp"
#include "io/tar_reader.hpp"
#include "store/entry_writer.hpp"
#include "store/open_folders.hpp"
#include "sys/folder_reader.hpp"
#include "sys/node.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <map>
#include <vector>

namespace strata::store {
namespace {

using io::EntryType;
using sys::Node;

[[noreturn]] void damaged(const std::string& path, std::string_view how)
{
    throw Error{Errc::corrupt,
                fmt::format("in its tree, '{}' {}", path.empty() ? "/" : io::printable(path), how)};
}

mode_t type_bits(EntryType type)
{
    switch (type) {
    case EntryType::file:
    case EntryType::hard_link:
        return S_IFREG;
    case EntryType::directory:
        return S_IFDIR;
    case EntryType::symlink:
        return S_IFLNK;
    case EntryType::char_device:
        return S_IFCHR;
    case EntryType::block_device:
        return S_IFBLK;
    case EntryType::fifo:
        return S_IFIFO;
    }
    return 0;
}

class TreeCheck {
public:
    TreeCheck(const Path& tree, const erofs::Reader& index, const sys::Fd& extra,
              const ApplyOptions& unpacked)
        : folders_{tree,
                   [](const Node& node, OpenFolders::Components) {
                       return sys::open_folder(node); // whose type has been compared before
                   }}
        , index_{index}
        , extra_{extra}
        , unpacked_{unpacked}
    {
    }

    void check_names()
    {
        erofs::walk(index_, index_.root(), [&](std::string_view path, const erofs::Inode& inode) {
            if (!is_left_out(inode)) {
                check_node(inode, std::string{path});
            }
            return erofs::Walk::on;
        });
    }

    /// What the index places in the tar, compared in the order in which the tar has it.
    void check_contents(io::Source& tar)
    {
        io::TarReader reader{tar, unpacked_.limits};
        while (const io::TarEntry* entry = reader.next()) {
            if (entry->type == EntryType::file && !entry->is_sparse) {
                check_content(*entry, reader);
            }
        }
    }

    /// Times, last of all: one that differs is most often the trace of something worse.
    void check_times() const
    {
        if (other_time_) {
            damaged(*other_time_, "has another time");
        }
    }

private:
    bool archived() const { return unpacked_.ownership == Ownership::archived; }

    bool is_left_out(const erofs::Inode& inode) const
    {
        const bool device =
            inode.type == EntryType::char_device || inode.type == EntryType::block_device;
        return device && !inode.is_whiteout() && !archived();
    }

    void check_node(const erofs::Inode& inode, const std::string& path)
    {
        const std::vector<std::string> components = io::components_of(path);
        const Node node = folders_.node(components);
        const auto found = sys::find_status(node);
        if (!found) {
            damaged(path, "is missing");
        }
        if ((found->st_mode & S_IFMT) != type_bits(inode.type)) {
            damaged(path, "is of another type");
        }
        const bool device =
            inode.type == EntryType::char_device || inode.type == EntryType::block_device;
        if (device && found->st_rdev != ::makedev(inode.device_major, inode.device_minor)) {
            damaged(path, "is another device");
        }
        if (inode.is_whiteout()) {
            return; // a mark: its attributes mean nothing
        }
        if (!path.empty()) { // the root's are in the index; a container's upper folder has them
            check_attributes(inode, node, *found, path);
        }
        if (inode.type == EntryType::directory) {
            check_mark(inode, node, path);
            check_children(inode, folders_.open(components), path);
        } else if (inode.type == EntryType::symlink) {
            if (sys::read_link(node) != index_.link_target(inode)) {
                damaged(path, "leads elsewhere");
            }
        } else if (inode.type == EntryType::file) {
            check_file(inode, node, *found, path);
        }
    }

    void check_mark(const erofs::Inode& inode, const Node& node, const std::string& path)
    {
        const bool marked = sys::find_xattr(node, opaque_xattr(unpacked_.whiteouts)) == "y";
        if (marked != index_.is_opaque(inode)) {
            damaged(path, marked ? "hides what is below it" : "does not hide what is below it");
        }
    }

    void check_children(const erofs::Inode& inode, const sys::Fd& folder, const std::string& path)
    {
        std::vector<std::string> expected; // in the order of sorted_names()
        index_.list(inode, [&](std::string_view name, const erofs::Inode& child) {
            if (!is_left_out(child)) {
                expected.emplace_back(name);
            }
            return true;
        });
        const std::string in_folder = path.empty() ? "" : path + "/";
        for (const std::string& name : sys::sorted_names(folder)) {
            if (!std::ranges::binary_search(expected, name)) {
                damaged(in_folder + name, "is not of this layer");
            }
        }
    }

    void check_attributes(const erofs::Inode& inode, const Node& node, const struct ::stat& found,
                          const std::string& path)
    {
        if (inode.type != EntryType::symlink && (found.st_mode & 07777U) != inode.mode) {
            damaged(path, fmt::format("has mode {:04o} instead of {:04o}", found.st_mode & 07777U,
                                      inode.mode));
        }
        if (archived() && (found.st_uid != inode.uid || found.st_gid != inode.gid)) {
            damaged(path, fmt::format("belongs to {}:{} instead of {}:{}", found.st_uid,
                                      found.st_gid, inode.uid, inode.gid));
        }
        const bool same_time = found.st_mtim.tv_sec == inode.mtime.seconds &&
                               found.st_mtim.tv_nsec == inode.mtime.nanoseconds;
        if (!same_time && !other_time_) {
            other_time_ = path;
        }
        if (inode.type != EntryType::directory && found.st_nlink != inode.links) {
            damaged(path, fmt::format("has {} links instead of {}", found.st_nlink, inode.links));
        }
        for (const io::Xattr& xattr : index_.xattrs(inode)) {
            const std::string name = xattr_on_disk(xattr.name, unpacked_.whiteouts);
            const bool set = archived() || xattr.name.starts_with("user.");
            if (set && sys::find_xattr(node, name) != xattr.value) {
                damaged(path,
                        fmt::format("lacks the attribute {}, or has another value in it", name));
            }
        }
    }

    void check_file(const erofs::Inode& inode, const Node& node, const struct ::stat& found,
                    const std::string& path)
    {
        if (static_cast<std::uint64_t>(found.st_size) != inode.size) {
            damaged(path, fmt::format("has {} bytes instead of {}", found.st_size, inode.size));
        }
        const erofs::Extent extent = index_.extent(inode);
        if (extent.device == 1) {
            by_offset_.emplace(extent.offset, path);
        } else if (extent.device == 2) {
            compare_with_extra(inode, node, extent.offset, path);
        }
    }

    void compare_with_extra(const erofs::Inode& inode, const Node& node, std::uint64_t offset,
                            const std::string& path)
    {
        const sys::Fd file = sys::open_file(node, O_RDONLY);
        for (std::uint64_t done = 0; done < inode.size;) {
            const auto wanted =
                static_cast<std::size_t>(std::min<std::uint64_t>(inode.size - done, ours_.size()));
            const std::size_t got = sys::read_full_at(file, std::span{ours_}.first(wanted), done);
            const std::size_t other =
                sys::read_full_at(extra_, std::span{theirs_}.first(wanted), offset + done);
            if (got != wanted || other != wanted ||
                !std::equal(ours_.begin(), ours_.begin() + static_cast<std::ptrdiff_t>(got),
                            theirs_.begin())) {
                damaged(path, "has other bytes");
            }
            done += got;
        }
    }

    void check_content(const io::TarEntry& entry, io::TarReader& reader)
    {
        const auto [first, last] = by_offset_.equal_range(entry.data_offset);
        if (first == last) {
            return; // a later entry has replaced it
        }
        // Several paths are links of one file: the link counts were right, so one stands for all.
        const std::string& path = first->second;
        const std::vector<std::string> components = io::components_of(path);
        const sys::Fd file = sys::open_file(folders_.node(components), O_RDONLY);
        std::uint64_t done = 0;
        while (const std::size_t got = reader.read_data(theirs_)) {
            if (sys::read_full_at(file, std::span{ours_}.first(got), done) != got ||
                !std::equal(ours_.begin(), ours_.begin() + static_cast<std::ptrdiff_t>(got),
                            theirs_.begin())) {
                damaged(path, "has other bytes");
            }
            done += got;
        }
    }

    OpenFolders folders_;
    const erofs::Reader& index_;
    const sys::Fd& extra_;
    const ApplyOptions& unpacked_;
    std::multimap<std::uint64_t, std::string> by_offset_; // of the tar's files
    std::optional<std::string> other_time_;               // the first path that has one
    std::vector<std::byte> ours_ = std::vector<std::byte>(std::size_t{256} << 10);
    std::vector<std::byte> theirs_ = std::vector<std::byte>(std::size_t{256} << 10);
};

} // namespace

std::optional<std::string> find_tree_damage(const Path& tree, const erofs::Reader& index,
                                            io::Source& tar, const sys::Fd& extra,
                                            const ApplyOptions& unpacked)
{
    if (!sys::find_status(tree)) {
        return "its tree is missing";
    }
    try {
        const auto check = std::make_unique<TreeCheck>(tree, index, extra, unpacked);
        check->check_names();
        check->check_contents(tar);
        check->check_times();
    } catch (const Error& error) {
        if (error.code() != Errc::not_found && error.code() != Errc::corrupt) {
            throw; // our trouble, not the tree's
        }
        return error.what();
    }
    return std::nullopt;
}

} // namespace strata::store
