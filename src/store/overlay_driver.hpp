// SPDX-License-Identifier: Apache-2.0
//
// Layers as unpacked trees, stacked by overlayfs: for kernels that cannot mount an index over a
// file, and for user namespaces.
//
//   layers/<diff id>/tar.zst    the layer's exact bytes
//   layers/<diff id>/tree/      the layer alone, its deletions in overlayfs's form
//   layers/<diff id>/implied    names of the folders that only the layer's own names imply, NUL
//   after each; rarely there containers/<id>/upper,work  what the container writes
//   containers/<id>/metadata/   folders whose attributes overlayfs would take from the wrong layer;
//   rarely there containers/<id>/merged/     the lowest layers of a chain that is too long for
//   overlayfs; rarely there
#pragma once

#include "store/layer_driver.hpp"
#include "store/stacks.hpp"
#include "sys/mount.hpp"

namespace strata::store {

class OverlayDriver final : public LayerDriver {
public:
    /// Borrows both. `xattrs` is what the mounts of this process may use, see sys::OverlayXattrs.
    OverlayDriver(const Layout& layout, const Stacks& stacks, sys::OverlayXattrs xattrs);

    std::string_view name() const noexcept override { return "overlay"; }
    TarForm tar_form() const noexcept override { return TarForm::zstd; }
    void complete_layer(const Path& folder) override;
    void mount(const RootfsRequest& request) override;
    void unmount(const RootfsRequest& request) override;
    std::optional<Path> upper_folder(const Path& container) const override;
    std::optional<Path> root_folder(const Path&) const override { return std::nullopt; }
    bool needs_namespace() const noexcept override { return true; }
    std::vector<std::pair<std::string, std::string>> status() const override;

private:
    std::vector<Path> lowers(const RootfsRequest& request) const;
    std::optional<Path> corrected_metadata(const RootfsRequest& request) const;

    const Layout& layout_;
    const Stacks& stacks_;
    sys::OverlayXattrs xattrs_;
};

} // namespace strata::store
