// SPDX-License-Identifier: Apache-2.0
#include "store/vfs_driver.hpp"

#include "base/error.hpp"
#include "erofs/reader.hpp"
#include "store/layer_files.hpp"
#include "store/unpack_chain.hpp"
#include "sys/file_system.hpp"
#include "sys/mount.hpp"

#include <fcntl.h>

namespace strata::store {

namespace {

class VfsDriver final : public LayerDriver {
public:
    VfsDriver(const Layout& layout, const Stacks& stacks) : layout_{layout}, stacks_{stacks} {}

    std::string_view name() const noexcept override { return "vfs"; }
    TarForm tar_form() const noexcept override { return TarForm::zstd; }
    void complete_layer(const Path&, const std::stop_token&) override {} // the tar is all there is
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
    const Stacks& stacks_;
};

void VfsDriver::mount(const RootfsRequest& request)
{
    const Path root = request.container / "rootfs";
    if (!sys::find_status(root)) {
        // Complete or not there at all: a copy that a crash cut short is thrown away.
        const Path unfinished = request.container / "rootfs.unfinished";
        sys::remove_tree(unfinished);
        sys::make_folder(unfinished);
        unpack_chain(layout_, request.chain, erofs::Reader{stacks_.open(request.chain)}, unfinished,
                     {.whiteouts = WhiteoutFormat::none,
                      .ownership = ownership_of_this_process(),
                      .limits = kNoTarLimits});
        sys::sync_file_system(sys::open_file(unfinished, O_RDONLY | O_DIRECTORY));
        sys::rename_new(unfinished, root);
    }
    if (!sys::is_mount_point(request.target)) {
        sys::DetachedMount bound = sys::DetachedMount::bind(root);
        if (request.read_only) {
            bound = std::move(bound).read_only();
        }
        std::move(bound).attach(request.target).release();
    }
}

void VfsDriver::unmount(const RootfsRequest& request)
{
    sys::unmount(request.target, sys::Unmount::lazily);
}

} // namespace

std::unique_ptr<LayerDriver> make_vfs_driver(const Layout& layout, const Stacks& stacks)
{
    return std::make_unique<VfsDriver>(layout, stacks);
}

void probe_vfs_driver(const Layout&) {}

} // namespace strata::store
