// SPDX-License-Identifier: Apache-2.0
#include "store/overlay_driver.hpp"

#include "base/error.hpp"
#include "erofs/reader.hpp"
#include "store/apply.hpp"
#include "store/entry_writer.hpp"
#include "store/layer_files.hpp"
#include "store/lease.hpp"
#include "store/restated_folders.hpp"
#include "store/tree_check.hpp"
#include "store/unpack_chain.hpp"
#include "store/upper_folder.hpp"
#include "sys/file_system.hpp"
#include "sys/host.hpp"
#include "sys/mount.hpp"
#include "sys/xattr.hpp"

#include <fcntl.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <vector>

namespace strata::store {
namespace {

using sys::OverlayXattrs;

/// Two are kept: for the restated folders, and for the merged tree.
constexpr std::size_t kMostTrees = sys::kMaxOverlayLowers - 2;

OverlayXattrs xattrs_of_this_process()
{
    return sys::in_user_namespace() ? OverlayXattrs::user : OverlayXattrs::trusted;
}

/// What complete_layer() has written; empty if it had nothing to write.
std::string read_restated(const Path& layer)
{
    const auto file = sys::find_file(layer / kRestated, O_RDONLY);
    return file ? sys::read_small_file(*file, std::numeric_limits<std::uint32_t>::max())
                : std::string{};
}

class OverlayDriver final : public LayerDriver {
public:
    OverlayDriver(const Layout& layout, const Stacks& stacks)
        : layout_{layout}
        , stacks_{stacks}
        , xattrs_{xattrs_of_this_process()}
        , ownership_{ownership_of_this_process()}
    {
    }

    std::string_view name() const noexcept override { return "overlay"; }
    TarForm tar_form() const noexcept override { return TarForm::zstd; }
    bool needs_namespace() const noexcept override { return true; }

    void complete_layer(const Path& folder, const std::stop_token& stop) override;
    std::optional<std::string> find_damage(const Path& folder, const erofs::Reader& index,
                                           io::Source& tar) const override;
    void mount(const RootfsRequest& request) override;
    void unmount(const RootfsRequest& request) override;

    std::optional<Path> upper_folder(const Path& container) const override
    {
        return container / "upper";
    }
    std::optional<Path> root_folder(const Path&) const override { return std::nullopt; }
    std::vector<std::pair<std::string, std::string>> status() const override;

private:
    ApplyOptions options() const;
    const char* tree_name() const { return xattrs_ == OverlayXattrs::trusted ? kTree : kUserTree; }
    Path tree_of(const oci::DiffId& layer) const;
    std::vector<Path> lowers(const RootfsRequest& request, const erofs::Reader& stack) const;
    std::span<const oci::DiffId> visible_layers(std::span<const oci::DiffId> chain) const;
    Path make_merged(const RootfsRequest& request, std::span<const oci::DiffId> layers) const;
    std::optional<Path> make_restated(const RootfsRequest& request,
                                      const erofs::Reader& stack) const;
    RootAttributes root_attributes(const erofs::Reader& stack) const;

    const Layout& layout_;
    const Stacks& stacks_;
    OverlayXattrs xattrs_;
    Ownership ownership_;
};

ApplyOptions OverlayDriver::options() const
{
    return {.whiteouts = xattrs_ == OverlayXattrs::trusted ? WhiteoutFormat::overlay
                                                           : WhiteoutFormat::overlay_user,
            .ownership = ownership_,
            .limits = kNoTarLimits};
}

void OverlayDriver::complete_layer(const Path& folder, const std::stop_token& stop)
{
    const io::SourcePtr tar = find_tar(folder);
    if (!tar) {
        throw Error{Errc::internal, fmt::format("no tar in {}", folder.native())};
    }
    sys::make_folder(folder / tree_name());
    ApplyOptions unpacking = options();
    unpacking.stop = stop;
    apply_layer(*tar, folder / tree_name(), unpacking);

    const std::string restated =
        print_paths(restated_folders(erofs::Reader{sys::open_file(folder / kIndex, O_RDONLY)}));
    if (!restated.empty()) {
        sys::write_all(sys::open_file(folder / kRestated, O_WRONLY | O_CREAT | O_EXCL, 0644),
                       restated);
    }
    // Thousands of files: one flush of their file system costs less than as many fsyncs.
    sys::sync_file_system(sys::open_file(folder, O_RDONLY | O_DIRECTORY));
}

std::optional<std::string>
OverlayDriver::find_damage(const Path& folder, const erofs::Reader& index, io::Source& tar) const
{
    if (read_restated(folder) != print_paths(restated_folders(index))) {
        return "its list of restated folders is not what its tar gives";
    }
    auto found = sys::find_file(folder / kExtra, O_RDONLY);
    const sys::Fd extra = found ? std::move(*found) : sys::Fd{};
    return find_tree_damage(folder / tree_name(), index, tar, extra, options());
}

Path OverlayDriver::tree_of(const oci::DiffId& layer) const
{
    Path tree = layout_.layer(layer) / tree_name();
    if (!sys::find_status(tree)) {
        const bool other = sys::find_status(layout_.layer(layer) /
                                            (xattrs_ == OverlayXattrs::trusted ? kUserTree : kTree))
                               .has_value();
        throw other
            ? Error{Errc::conflict,
                    fmt::format("layer {} was unpacked {} a user namespace", layer,
                                xattrs_ == OverlayXattrs::trusted ? "inside" : "outside of"),
                    "Use another data root on each side."}
            : Error{Errc::corrupt, fmt::format("the tree of layer {} is missing", layer),
                    "Run 'strata system fsck --repair'."};
    }
    return tree;
}

std::optional<Path> OverlayDriver::make_restated(const RootfsRequest& request,
                                                 const erofs::Reader& stack) const
{
    std::vector<std::string> paths;
    for (const oci::DiffId& layer : request.chain) {
        std::ranges::move(parse_paths(read_restated(layout_.layer(layer))),
                          std::back_inserter(paths));
    }
    if (paths.empty()) {
        return std::nullopt;
    }
    const Path target = request.container / "folders";
    sys::remove_tree(target);
    sys::make_folder(target);
    copy_folders(stack, paths, target, options());
    return target;
}

/// Without those that an opaque root hides: overlayfs merges all roots, marked or not.
std::span<const oci::DiffId> OverlayDriver::visible_layers(std::span<const oci::DiffId> chain) const
{
    const std::string mark = opaque_xattr(options().whiteouts);
    for (std::size_t i = chain.size(); i > 0; --i) {
        if (sys::find_xattr(tree_of(chain[i - 1]), mark) == "y") {
            return chain.subspan(i - 1);
        }
    }
    return chain;
}

/// The lowest layers of a long chain as one tree: complete, or not there at all.
Path OverlayDriver::make_merged(const RootfsRequest& request,
                                std::span<const oci::DiffId> layers) const
{
    Path merged = request.container / "merged";
    if (!sys::find_status(merged)) {
        const Path unfinished = request.container / "merged.unfinished";
        sys::remove_tree(unfinished);
        sys::make_folder(unfinished);
        const sys::Fd stack = sys::create_memory_file(); // of no image, so nothing to keep
        stacks_.write(layers, stack);
        unpack_chain(layout_, layers, erofs::Reader{stack}, unfinished, options());
        sys::rename_new(unfinished, merged);
    }
    return merged;
}

/// Topmost first.
std::vector<Path> OverlayDriver::lowers(const RootfsRequest& request,
                                        const erofs::Reader& stack) const
{
    std::vector<Path> trees;
    if (auto folders = make_restated(request, stack)) {
        trees.push_back(std::move(*folders));
    }
    const std::span<const oci::DiffId> chain = visible_layers(request.chain);
    const std::size_t stacked = std::min(chain.size(), kMostTrees);
    std::ranges::transform(chain.last(stacked).rbegin(), chain.last(stacked).rend(),
                           std::back_inserter(trees),
                           [&](const oci::DiffId& layer) { return tree_of(layer); });
    if (stacked < chain.size()) {
        trees.push_back(make_merged(request, chain.first(chain.size() - stacked)));
    }
    if (trees.empty()) { // an image without layers still needs a lower
        const Path nothing = request.container / "empty";
        sys::ensure_folders(nothing);
        trees.push_back(nothing);
    }
    return trees;
}

RootAttributes OverlayDriver::root_attributes(const erofs::Reader& stack) const
{
    const erofs::Inode top = stack.root();
    RootAttributes attributes{.uid = top.uid,
                              .gid = top.gid,
                              .mode = top.mode,
                              .mtime = top.mtime,
                              .xattrs = stack.xattrs(top)};
    for (io::Xattr& xattr : attributes.xattrs) {
        xattr.name = xattr_on_disk(xattr.name, options().whiteouts);
    }
    return attributes;
}

void OverlayDriver::mount(const RootfsRequest& request)
{
    if (sys::is_mount_point(request.target)) {
        return;
    }
    const Path upper = request.container / "upper";
    const Path work = request.container / "work";
    const erofs::Reader stack{stacks_.open(request.chain)};
    sys::ensure_folders(work, 0700);
    const std::vector<Path> trees = lowers(request, stack);
    ensure_upper(upper, root_attributes(stack));
    auto root = sys::DetachedMount::overlay(
        {.lower = trees, .upper = upper, .work = work, .xattrs = xattrs_});
    if (request.read_only) {
        root = std::move(root).read_only();
    }
    std::move(root).attach(request.target).release();
}

void OverlayDriver::unmount(const RootfsRequest& request)
{
    // Lazily: somebody may still have a file open, and there is nothing to wait for.
    sys::unmount(request.target, sys::Unmount::lazily);
}

std::vector<std::pair<std::string, std::string>> OverlayDriver::status() const
{
    return {{"Backing Filesystem", sys::file_system_name(layout_.root)},
            {"Layers", "unpacked, stacked by overlayfs"},
            {"Native Overlay Diff", "true"},
            {"userxattr", xattrs_ == OverlayXattrs::user ? "true" : "false"}};
}

} // namespace

std::unique_ptr<LayerDriver> make_overlay_driver(const Layout& layout, const Stacks& stacks)
{
    return std::make_unique<OverlayDriver>(layout, stacks);
}

void probe_overlay_driver(const Layout& layout)
{
    const Lease lease = Lease::create(layout);
    const auto folder = [&](const char* name) {
        sys::make_folder(lease.folder() / name);
        return lease.folder() / name;
    };
    try {
        sys::DetachedMount::overlay({.lower = {folder("lower")},
                                     .upper = folder("upper"),
                                     .work = folder("work"),
                                     .xattrs = xattrs_of_this_process()});
    } catch (const Error& error) {
        throw Error{Errc::unsupported, fmt::format("overlay: nothing can be stacked in {}: {}",
                                                   layout.root.native(), error.what())};
    }
}

} // namespace strata::store
