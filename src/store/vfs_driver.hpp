// SPDX-License-Identifier: Apache-2.0
//
// A plain copy of the merged tree for each container: slow and large, and works wherever a folder
// can be bound.
//
//   layers/<diff id>/tar.zst    the layer's exact bytes
//   containers/<id>/rootfs/     everything, unpacked
#pragma once

#include "store/layer_driver.hpp"

namespace strata::store {

class VfsDriver final : public LayerDriver {
public:
    explicit VfsDriver(const Layout& layout) : layout_{layout} {}

    std::string_view name() const noexcept override { return "vfs"; }
    TarForm tar_form() const noexcept override { return TarForm::zstd; }
    void complete_layer(const Path&) override {} // the tar is all there is
    void mount(const RootfsRequest& request) override;
    void unmount(const RootfsRequest& request) override;
    std::optional<Path> upper_folder(const Path&) const override { return std::nullopt; }
    std::optional<Path> root_folder(const Path& container) const override;
    bool needs_namespace() const noexcept override { return true; }
    std::vector<std::pair<std::string, std::string>> status() const override { return {}; }

private:
    const Layout& layout_;
};

/// Unpacks `layers` on top of each other, lowest first, into the existing empty folder `target`, as
/// one tree without deletions.
void unpack_merged(const Layout& layout, std::span<const oci::DiffId> layers, const Path& target);

} // namespace strata::store
