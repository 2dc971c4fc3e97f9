// SPDX-License-Identifier: Apache-2.0
#include "store/overlay_driver.hpp"

#include "base/error.hpp"
#include "erofs/reader.hpp"
#include "store/apply.hpp"
#include "store/layer_files.hpp"
#include "store/overlay_check.hpp"
#include "store/upper_folder.hpp"
#include "store/vfs_driver.hpp"
#include "sys/file_system.hpp"
#include "sys/host.hpp"
#include "sys/mount.hpp"
#include "sys/node.hpp"

#include <fcntl.h>

#include <algorithm>

namespace strata::store {
namespace {

/// One lower is kept for the corrected metadata, one for the merged tree.
constexpr std::size_t kMostTrees = sys::kMaxOverlayLowers - 2;

void collect_implied(const erofs::Reader& index, const erofs::Inode& folder,
                     const std::string& path, std::string& names)
{
    index.list(folder, [&](std::string_view name, const erofs::Inode& child) {
        if (child.type == io::EntryType::directory) {
            const std::string child_path =
                path.empty() ? std::string{name} : fmt::format("{}/{}", path, name);
            if (index.is_implied(child)) {
                names += child_path;
                names += '\0';
            }
            collect_implied(index, child, child_path, names);
        }
        return true;
    });
}

std::vector<std::string> read_implied(const Path& layer)
{
    std::vector<std::string> paths;
    if (!sys::find_status(layer / kImplied)) {
        return paths;
    }
    const std::string names = sys::read_small_file(layer / kImplied, 1 << 30);
    for (std::size_t at = 0; at < names.size();) {
        const std::size_t end = std::min(names.find('\0', at), names.size());
        paths.push_back(names.substr(at, end - at));
        at = end + 1;
    }
    return paths;
}

/// As the file kImplied has them; there is none when there are none.
std::string implied_folders(const erofs::Reader& index)
{
    std::string names;
    collect_implied(index, index.root(), "", names);
    return names;
}

/// Makes `path` and its parents below `target`, each with the attributes that the fused stack has
/// for it.
void copy_folder_metadata(const erofs::Reader& stack, const std::string& path, const Path& target)
{
    erofs::Inode inode = stack.root();
    sys::Fd folder = sys::open_file(target, O_PATH | O_DIRECTORY);
    for (std::size_t at = 0; at < path.size();) {
        const std::size_t end = std::min(path.find('/', at), path.size());
        const std::string name = path.substr(at, end - at);
        const auto child = stack.find_child(inode, name);
        if (!child || child->type != io::EntryType::directory) {
            return; // a layer above removed or replaced it
        }
        inode = *child;
        const sys::Node node{folder, name};
        if (!sys::find_status(node)) {
            sys::create_folder(node, 0700);
            if (ownership_of_this_process() == Ownership::archived) {
                sys::set_owner(node, inode.uid, inode.gid);
                for (const io::Xattr& xattr : stack.xattrs(inode)) {
                    sys::set_xattr(node, xattr.name, xattr.value);
                }
            }
            sys::set_mode(node, inode.mode);
        }
        sys::Fd next = sys::open_folder(node);
        sys::set_mtime(node, inode.mtime.seconds, inode.mtime.nanoseconds);
        folder = std::move(next);
        at = end + 1;
    }
}

/// What the mounts of this process may use.
sys::OverlayXattrs overlay_xattrs()
{
    return sys::in_user_namespace() ? sys::OverlayXattrs::user : sys::OverlayXattrs::trusted;
}

class OverlayDriver final : public LayerDriver {
public:
    OverlayDriver(const Layout& layout, const Stacks& stacks) : layout_{layout}, stacks_{stacks} {}

    std::string_view name() const noexcept override { return "overlay"; }
    TarForm tar_form() const noexcept override { return TarForm::zstd; }
    void complete_layer(const Path& folder) override;
    std::optional<std::string> find_damage(const Path& folder, const erofs::Reader& index,
                                           io::Source& tar) const override
    {
        const auto file = sys::find_file(folder / kImplied, O_RDONLY);
        if ((file ? sys::read_small_file(*file, 1 << 30) : "") != implied_folders(index)) {
            return "its list of implied folders is not what its tar gives";
        }
        return find_tree_damage(folder / kTree, index, tar);
    }
    void mount(const RootfsRequest& request) override;
    void unmount(const RootfsRequest& request) override;
    std::optional<Path> upper_folder(const Path& container) const override
    {
        return container / "upper";
    }
    std::optional<Path> root_folder(const Path&) const override { return std::nullopt; }
    bool needs_namespace() const noexcept override { return true; }
    std::vector<std::pair<std::string, std::string>> status() const override
    {
        return {{"Backing Filesystem", sys::file_system_name(layout_.root)},
                {"userxattr", xattrs_ == sys::OverlayXattrs::user ? "true" : "false"}};
    }

private:
    std::vector<Path> lowers(const RootfsRequest& request) const;
    std::optional<Path> corrected_metadata(const RootfsRequest& request) const;
    RootAttributes root_attributes(const RootfsRequest& request) const;

    const Layout& layout_;
    const Stacks& stacks_;
    sys::OverlayXattrs xattrs_ = overlay_xattrs();
};

void OverlayDriver::complete_layer(const Path& folder)
{
    const io::SourcePtr tar = find_tar(folder);
    if (!tar) {
        throw Error{Errc::internal, fmt::format("no tar in {}", folder.string())};
    }
    const Path tree = folder / kTree;
    sys::make_folder(tree);
    apply_layer(*tar, tree,
                {.whiteouts = xattrs_ == sys::OverlayXattrs::trusted ? WhiteoutFormat::overlay
                                                                     : WhiteoutFormat::overlay_user,
                 .ownership = ownership_of_this_process()});

    const erofs::Reader index{sys::open_file(folder / kIndex, O_RDONLY)};
    const std::string implied = implied_folders(index);
    if (!implied.empty()) {
        const sys::Fd file = sys::open_file(folder / kImplied, O_WRONLY | O_CREAT | O_EXCL, 0644);
        sys::write_all(file, implied);
    }
    // Thousands of files: one flush of their file system costs less than as many fsyncs.
    sys::sync_file_system(sys::open_file(folder, O_RDONLY | O_DIRECTORY));
}

/// Topmost first. A folder that a layer only implies must keep the attributes that a lower layer
/// gave it, but overlayfs takes those of the topmost tree that has it. So such folders, with the
/// right attributes, are stacked on top of all.
std::optional<Path> OverlayDriver::corrected_metadata(const RootfsRequest& request) const
{
    std::vector<std::string> implied;
    for (std::size_t i = 1; i < request.chain.size(); ++i) {
        std::ranges::move(read_implied(layout_.layer(request.chain[i])),
                          std::back_inserter(implied));
    }
    if (implied.empty()) {
        return std::nullopt;
    }
    const Path target = request.container / "metadata";
    sys::remove_tree(target);
    sys::make_folder(target);
    const erofs::Reader stack{stacks_.open(request.chain)};
    // Twice: making a folder changes its parent's time, and the second time nothing is made.
    for (int pass = 0; pass < 2; ++pass) {
        for (const std::string& path : implied) {
            copy_folder_metadata(stack, path, target);
        }
    }
    return target;
}

std::vector<Path> OverlayDriver::lowers(const RootfsRequest& request) const
{
    std::vector<Path> trees;
    if (auto metadata = corrected_metadata(request)) {
        trees.push_back(std::move(*metadata));
    }
    const std::size_t stacked = std::min(request.chain.size(), kMostTrees);
    const auto chain = std::span{request.chain};
    for (std::size_t i = 0; i < stacked; ++i) {
        trees.push_back(layout_.layer(chain[chain.size() - 1 - i]) / kTree);
    }
    if (stacked < chain.size()) {
        const Path merged = request.container / "merged";
        sys::remove_tree(merged);
        sys::make_folder(merged);
        unpack_merged(layout_, chain.first(chain.size() - stacked), merged);
        trees.push_back(merged);
    }
    if (trees.empty()) {
        const Path nothing =
            request.container / "empty"; // an image without layers still needs a lower
        sys::ensure_folders(nothing);
        trees.push_back(nothing);
    }
    return trees;
}

void OverlayDriver::mount(const RootfsRequest& request)
{
    if (sys::is_mount_point(request.target)) {
        return;
    }
    const Path upper = request.container / "upper";
    const Path work = request.container / "work";
    sys::ensure_folders(work, 0700);
    const std::vector<Path> trees = lowers(request);
    if (!sys::find_status(upper)) {
        ensure_upper(upper, root_attributes(request));
    }
    sys::DetachedMount root = sys::DetachedMount::overlay(
        {.lower = trees, .upper = upper, .work = work, .xattrs = xattrs_});
    if (request.read_only) {
        std::move(root).read_only();
    }
    std::move(root).attach(request.target).release();
}

RootAttributes OverlayDriver::root_attributes(const RootfsRequest& request) const
{
    const erofs::Reader stack{stacks_.open(request.chain)};
    const erofs::Inode root = stack.root();
    return {.uid = root.uid,
            .gid = root.gid,
            .mode = root.mode,
            .mtime = root.mtime,
            .xattrs = stack.xattrs(root)};
}

void OverlayDriver::unmount(const RootfsRequest& request)
{
    sys::unmount(request.target, sys::Unmount::lazily);
}

} // namespace

std::unique_ptr<LayerDriver> make_overlay_driver(const Layout& layout, const Stacks& stacks)
{
    return std::make_unique<OverlayDriver>(layout, stacks);
}

void probe_overlay_driver(const Layout& layout)
{
    const Lease lease = Lease::create(layout);
    const Path lower = lease.make_folder();
    const Path upper = lease.make_folder();
    const Path work = lease.make_folder();
    try {
        sys::DetachedMount::overlay(
            {.lower = {lower}, .upper = upper, .work = work, .xattrs = overlay_xattrs()});
    } catch (const Error& error) {
        throw Error{Errc::unsupported, fmt::format("overlay: {}", error.what())};
    }
}

} // namespace strata::store
