// SPDX-License-Identifier: Apache-2.0
#include "erofs/reader.hpp"

#include "base/error.hpp"
#include "erofs/image.hpp"
#include "erofs/inode.hpp"
#include "erofs/verify.hpp"
#include "erofs/xattr_name.hpp"
#include "sys/mapped_file.hpp"

#include <utility>

namespace strata::erofs {

namespace {

io::EntryType entry_type(const ImageNode& node)
{
    switch (node.type()) {
    case format::kRegular:
        return io::EntryType::file;
    case format::kDirectory:
        return io::EntryType::directory;
    case format::kSymlink:
        return io::EntryType::symlink;
    case format::kCharDevice:
        return io::EntryType::char_device;
    case format::kBlockDevice:
        return io::EntryType::block_device;
    case format::kFifo:
        return io::EntryType::fifo;
    default: // Image lets no other through
        throw_corrupt(node.nid, "has a type that no layer has");
    }
}

bool has_attribute(const Image& image, const ImageNode& node, std::string_view encoded)
{
    AttributeCursor attributes{image, node};
    while (attributes.next()) {
        if (attributes.encoded() == encoded) {
            return true;
        }
    }
    return false;
}

/// The last name of the sorted `view` that is not above `name`, or nothing.
std::optional<std::size_t> bisect(const DirectoryView& view, std::string_view name)
{
    std::size_t low = 0;
    std::size_t high = view.size();
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (view.name(middle) <= name) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low == 0 ? std::nullopt : std::optional{low - 1};
}

std::optional<std::uint64_t> find_nid(const Image& image, const ImageNode& directory,
                                      std::string_view name)
{
    const auto view = [&](std::uint64_t block) {
        return DirectoryView{image.block(directory, block), directory.nid};
    };
    // The last block whose first name is not above `name`.
    std::uint64_t low = 0;
    std::uint64_t high = image.block_count(directory);
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        if (view(middle).name(0) <= name) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0) {
        return {};
    }
    const DirectoryView block = view(low - 1);
    const std::optional<std::size_t> index = bisect(block, name);
    return index && block.name(*index) == name ? std::optional{block.nid(*index)} : std::nullopt;
}

} // namespace

Inode to_inode(const ImageNode& node)
{
    Inode inode{
        .id = NodeId{node.nid},
        .type = entry_type(node),
        .mode = node.mode & 07777U,
        .uid = node.uid,
        .gid = node.gid,
        .links = node.links,
        .mtime = {node.mtime, node.mtime_ns},
    };
    if (inode.type == io::EntryType::file || inode.type == io::EntryType::symlink) {
        inode.size = node.size;
    }
    if (inode.type == io::EntryType::char_device || inode.type == io::EntryType::block_device) {
        inode.device_major = format::device_major(node.u);
        inode.device_minor = format::device_minor(node.u);
    }
    return inode;
}

struct Reader::State {
    explicit State(std::span<const std::byte> bytes) : image{bytes} { describe_devices(); }
    explicit State(sys::MappedFile mapped) : file{std::move(mapped)}, image{file.bytes()}
    {
        describe_devices();
    }

    ImageNode node(const Inode& inode) const
    {
        return image.node(static_cast<std::uint64_t>(inode.id));
    }
    ImageNode node(const Inode& inode, std::uint16_t type, std::string_view what) const
    {
        const ImageNode found = node(inode);
        if (found.type() != type) {
            throw Error{Errc::invalid_argument, fmt::format("inode {} is not {}", found.nid, what)};
        }
        return found;
    }
    ImageNode directory(const Inode& inode) const
    {
        return node(inode, format::kDirectory, "a directory");
    }

    void describe_devices()
    {
        for (const ImageDevice& device : image.devices()) {
            devices.push_back({device.tag, device.blocks * format::kBlock});
        }
    }

    sys::MappedFile file;
    Image image;
    std::vector<Device> devices;
};

Reader::Reader(const sys::Fd& image) : state_{std::make_unique<State>(sys::MappedFile{image})} {}
Reader::Reader(std::span<const std::byte> image) : state_{std::make_unique<State>(image)} {}
Reader::~Reader() = default;
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;

const std::vector<Device>& Reader::devices() const noexcept
{
    return state_->devices;
}

std::uint64_t Reader::inode_count() const noexcept
{
    return state_->image.inodes();
}

const Image& Reader::image() const noexcept
{
    return state_->image;
}

Inode Reader::root() const
{
    return to_inode(state_->image.root());
}

std::optional<Inode> Reader::find_child(const Inode& directory, std::string_view name) const
{
    if (name == "." || name == "..") {
        return {};
    }
    const auto nid = find_nid(state_->image, state_->directory(directory), name);
    return nid ? std::optional{to_inode(state_->image.node(*nid))} : std::nullopt;
}

std::optional<Inode> Reader::find(std::string_view path) const
{
    Inode found = root();
    while (!path.empty()) {
        const std::size_t slash = path.find('/');
        const std::string_view name = path.substr(0, slash);
        path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
        if (name.empty() || name == ".") {
            continue;
        }
        if (found.type != io::EntryType::directory) {
            return {};
        }
        const std::optional<Inode> child = find_child(found, name);
        if (!child) {
            return {};
        }
        found = *child;
    }
    return found;
}

void Reader::list(const Inode& directory,
                  const std::function<bool(std::string_view name, const Inode&)>& visit) const
{
    DirectoryCursor children{state_->image, state_->directory(directory)};
    while (children.next_child()) {
        if (!visit(children.name(), to_inode(state_->image.node(children.nid())))) {
            return;
        }
    }
}

std::string Reader::link_target(const Inode& symlink) const
{
    return state_->image.link_target(state_->node(symlink, format::kSymlink, "a symlink"));
}

std::vector<io::Xattr> Reader::xattrs(const Inode& inode) const
{
    std::vector<io::Xattr> found;
    AttributeCursor attributes{state_->image, state_->node(inode)};
    while (attributes.next()) {
        if (std::optional<io::Xattr> xattr = decode_xattr(attributes.encoded())) {
            found.push_back(std::move(*xattr));
        }
    }
    return found;
}

Extent Reader::extent(const Inode& file) const
{
    const ImageExtent extent =
        state_->image.extent(state_->node(file, format::kRegular, "a regular file"));
    return {extent.device, extent.block * format::kBlock};
}

bool Reader::is_opaque(const Inode& directory) const
{
    return has_attribute(state_->image, state_->node(directory), opaque_mark());
}

bool Reader::is_implied(const Inode& directory) const
{
    return has_attribute(state_->image, state_->node(directory), implied_mark());
}

void Reader::verify() const
{
    verify_image(state_->image);
}

} // namespace strata::erofs
