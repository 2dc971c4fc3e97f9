// SPDX-License-Identifier: Apache-2.0
#include "store/vfs_driver.hpp"

#include "base/error.hpp"
#include "store/apply.hpp"
#include "store/layer_files.hpp"
#include "sys/host.hpp"
#include "sys/mount.hpp"

#include <filesystem>

namespace strata::store {

void unpack_merged(const Layout& layout, std::span<const oci::DiffId> layers, const Path& target)
{
    const ApplyOptions options{.whiteouts = WhiteoutFormat::remove,
                               .ownership = ownership_of_this_process()};
    for (const oci::DiffId& layer : layers) {
        in_context(
            [&] { return fmt::format("unpacking layer {}", layer); },
            [&] {
                const io::SourcePtr tar = find_tar(layout.layer(layer));
                if (!tar) {
                    throw Error{Errc::corrupt, "its tar is missing", "Run 'strata system fsck'."};
                }
                apply_layer(*tar, target, options);
            });
    }
}

void VfsDriver::mount(const RootfsRequest& request)
{
    const Path root = request.container / "rootfs";
    if (!sys::find_status(root)) {
        // Complete or not there at all: a copy that a crash cut short is thrown away.
        const Path unfinished = request.container / "rootfs.unfinished";
        sys::remove_tree(unfinished);
        sys::make_folder(unfinished);
        unpack_merged(layout_, request.chain, unfinished);
        sys::rename_new(unfinished, root);
    }
    if (!sys::is_mount_point(request.target)) {
        std::move(sys::DetachedMount::bind(root).attach(request.target)).release();
    }
}

void VfsDriver::unmount(const RootfsRequest& request)
{
    sys::unmount(request.target, sys::Unmount::lazily);
}

std::optional<Path> VfsDriver::root_folder(const Path& container) const
{
    return container / "rootfs";
}

} // namespace strata::store
