// SPDX-License-Identifier: Apache-2.0
#include "store/vfs_driver.hpp"

#include "base/error.hpp"
#include "io/source.hpp"
#include "store/apply.hpp"
#include "store/layer_files.hpp"
#include "sys/file_system.hpp"
#include "sys/mount.hpp"

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

namespace {

class VfsDriver final : public LayerDriver {
public:
    explicit VfsDriver(const Layout& layout) : layout_{layout} {}

    std::string_view name() const noexcept override { return "vfs"; }
    TarForm tar_form() const noexcept override { return TarForm::zstd; }
    void complete_layer(const Path&) override {} // the tar is all there is
    std::optional<std::string> find_damage(const Path&, const erofs::Reader&,
                                           io::Source&) const override
    {
        return std::nullopt;
    }
    void mount(const RootfsRequest& request) override;
    void unmount(const RootfsRequest& request) override;
    std::optional<Path> upper_folder(const Path&) const override { return std::nullopt; }
    std::optional<Path> root_folder(const Path& container) const override
    {
        return container / "rootfs";
    }
    bool needs_namespace() const noexcept override { return true; }
    std::vector<std::pair<std::string, std::string>> status() const override
    {
        return {{"Backing Filesystem", sys::file_system_name(layout_.root)}};
    }

private:
    const Layout& layout_;
};

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
        sys::DetachedMount bound = sys::DetachedMount::bind(root);
        if (request.read_only) {
            std::move(bound).read_only();
        }
        std::move(bound).attach(request.target).release();
    }
}

void VfsDriver::unmount(const RootfsRequest& request)
{
    sys::unmount(request.target, sys::Unmount::lazily);
}

} // namespace

std::unique_ptr<LayerDriver> make_vfs_driver(const Layout& layout, const Stacks&)
{
    return std::make_unique<VfsDriver>(layout);
}

void probe_vfs_driver(const Layout&) {}

} // namespace strata::store
