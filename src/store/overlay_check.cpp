// SPDX-License-Identifier: Apache-2.0
#include "store/overlay_check.hpp"

#include "base/error.hpp"
#include "io/layer_name.hpp"
#include "io/printable.hpp"
#include "io/tar_reader.hpp"
#include "store/apply.hpp"
#include "sys/folder_reader.hpp"
#include "sys/node.hpp"

#include <fcntl.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <vector>

namespace strata::store {
namespace {

using io::EntryType;
using sys::Node;

/// What a walk throws at the first difference; caught below, so that no step in between has to pass
/// it on.
struct Damage {
    std::string text;
};

unsigned type_bits(const erofs::Inode& inode)
{
    switch (inode.type) {
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
    case EntryType::file:
    case EntryType::hard_link:
        break;
    }
    return S_IFREG;
}

class MetadataCheck {
public:
    explicit MetadataCheck(const erofs::Reader& index) : index_{index} {}

    void children(const sys::Fd& folder, const erofs::Inode& inode, const std::string& path)
    {
        std::vector<std::string> expected;
        index_.list(inode, [&](std::string_view name, const erofs::Inode& child) {
            if (!left_out(child)) {
                expected.emplace_back(name);
                entry(folder, std::string{name}, child, path);
            }
            return true;
        });
        for (const std::string& name : sys::sorted_names(folder)) {
            if (!std::ranges::binary_search(expected, name)) {
                throw Damage{
                    fmt::format("{} is not in the layer", io::printable(path + "/" + name))};
            }
        }
    }

private:
    void entry(const sys::Fd& folder, const std::string& name, const erofs::Inode& inode,
               const std::string& parent)
    {
        const std::string path = parent + "/" + name;
        const Node node{folder, name};
        const auto found = sys::find_status(node);
        const auto expect = [&](bool same, std::string_view what) {
            if (!same) {
                throw Damage{
                    fmt::format("{}: its {} is not the layer's", io::printable(path), what)};
            }
        };
        if (!found) {
            throw Damage{fmt::format("{} is missing", io::printable(path))};
        }
        expect((found->st_mode & S_IFMT) == type_bits(inode), "type");
        if (inode.is_whiteout()) {
            return expect(found->st_rdev == 0, "device number");
        }
        expect(inode.type == EntryType::symlink || (found->st_mode & 07777) == inode.mode, "mode");
        expect(found->st_mtim.tv_sec == inode.mtime.seconds &&
                   found->st_mtim.tv_nsec == inode.mtime.nanoseconds,
               "time");
        if (ownership_ == Ownership::archived) {
            expect(found->st_uid == inode.uid && found->st_gid == inode.gid, "owner");
        }
        if (inode.type == EntryType::symlink) {
            expect(sys::read_link(node) == index_.link_target(inode), "target");
        } else if (inode.type == EntryType::file) {
            expect(static_cast<std::uint64_t>(found->st_size) == inode.size, "size");
        } else if (inode.type == EntryType::char_device || inode.type == EntryType::block_device) {
            expect(major(found->st_rdev) == inode.device_major &&
                       minor(found->st_rdev) == inode.device_minor,
                   "device number");
        } else if (inode.type == EntryType::directory) {
            children(sys::open_folder(node), inode, path);
        }
    }

    bool left_out(const erofs::Inode& inode) const
    {
        const bool device =
            inode.type == EntryType::char_device || inode.type == EntryType::block_device;
        return device && !inode.is_whiteout() && ownership_ == Ownership::caller;
    }

    const erofs::Reader& index_;
    Ownership ownership_ = ownership_of_this_process();
};

/// The bytes of files, in the order in which the tar has them.
class ContentCheck {
public:
    ContentCheck(const Path& tree, const erofs::Reader& index)
        : root_{sys::open_file(tree, O_PATH | O_DIRECTORY)}, index_{index}
    {
    }

    void entry(const io::TarEntry& entry, io::TarReader& reader)
    {
        if (entry.type != EntryType::file || entry.size == 0) {
            return;
        }
        const io::LayerName name = io::parse_layer_name(entry.path);
        if (name.kind != io::NameKind::entry || !is_the_last_of_its_name(entry, name)) {
            return;
        }
        sys::Fd folder = root_.duplicate();
        for (std::size_t i = 0; i + 1 < name.components.size(); ++i) {
            folder = sys::open_folder({folder, name.components[i]});
        }
        const sys::Fd file = sys::open_file(Node{folder, name.components.back()}, O_RDONLY);
        const auto whole = std::array{io::SparseExtent{0, entry.size}};
        for (const io::SparseExtent& extent :
             entry.is_sparse ? std::span{entry.sparse} : std::span{whole}) {
            compare(file, extent, reader, entry.path);
        }
    }

private:
    bool is_the_last_of_its_name(const io::TarEntry& entry, const io::LayerName& name) const
    {
        std::string path;
        for (const std::string& component : name.components) {
            path += "/" + component;
        }
        const auto inode = index_.find(path);
        return inode && inode->type == EntryType::file && inode->size == entry.size &&
               (entry.is_sparse || index_.extent(*inode).offset == entry.data_offset);
    }

    void compare(const sys::Fd& file, const io::SparseExtent& extent, io::TarReader& reader,
                 const std::string& path)
    {
        for (std::uint64_t done = 0; done < extent.length;) {
            const auto left = static_cast<std::size_t>(
                std::min<std::uint64_t>(extent.length - done, theirs_.size()));
            const std::size_t got = reader.read_data(std::span{theirs_}.first(left));
            const std::size_t have =
                sys::read_full_at(file, std::span{ours_}.first(got), extent.offset + done);
            if (got == 0 || have != got ||
                !std::equal(ours_.begin(), ours_.begin() + static_cast<std::ptrdiff_t>(got),
                            theirs_.begin())) {
                throw Damage{
                    fmt::format("{}: its content is not the layer's", io::printable(path))};
            }
            done += got;
        }
    }

    sys::Fd root_;
    const erofs::Reader& index_;
    std::vector<std::byte> ours_ = std::vector<std::byte>(64 * 1024);
    std::vector<std::byte> theirs_ = std::vector<std::byte>(64 * 1024);
};

} // namespace

std::optional<std::string> find_tree_damage(const Path& tree, const erofs::Reader& index,
                                            io::Source& tar)
{
    if (!sys::find_status(tree)) {
        return "its tree is missing";
    }
    try {
        MetadataCheck{index}.children(sys::open_file(tree, O_RDONLY | O_DIRECTORY), index.root(),
                                      "");
        ContentCheck contents{tree, index};
        io::TarReader reader{tar};
        while (const io::TarEntry* entry = reader.next()) {
            contents.entry(*entry, reader);
        }
        reader.drain();
    } catch (const Damage& damage) {
        return "its tree: " + damage.text;
    }
    return std::nullopt;
}

} // namespace strata::store
