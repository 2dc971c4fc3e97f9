// SPDX-License-Identifier: Apache-2.0
//
// How layers become a root file system. Three ways, one contract
// (layer_driver_contract_test.cpp).
#pragma once

#include "oci/digest.hpp"
#include "store/layout.hpp"

#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace strata::erofs {
class Reader;
}
namespace strata::io {
class Source;
}

namespace strata::store {

/// Whether the tar lies on disk as it is or compressed.
enum class TarForm { plain, zstd };

/// What a container's root is made of.
struct RootfsRequest {
    std::vector<oci::DiffId> chain; // lowest first; empty for an image without layers
    Path container;         // the container's folder; upper/ and work/ (or rootfs/) are made in it
    Path target;            // an existing empty folder where the root appears
    bool read_only = false; // an upper exists even then: diff and commit want one
};

class LayerDriver {
public:
    virtual ~LayerDriver() = default;

    virtual std::string_view name() const noexcept = 0; // "erofs", "overlay", "vfs"
    virtual TarForm tar_form() const noexcept = 0;

    /// Called while a layer is received, after its tar and index are complete in `folder`: makes
    /// whatever else this driver keeps there (overlay: tree/). Must be durable when it returns.
    /// Throws Errc::cancelled once `stop` has been requested. Thread-safe.
    virtual void complete_layer(const Path& folder, const std::stop_token& stop) = 0;
    /// For fsck: what is wrong with what complete_layer() made there, compared with `tar` (which is
    /// sound) and its index; nothing when it is right. Thread-safe.
    virtual std::optional<std::string> find_damage(const Path& folder, const erofs::Reader& index,
                                                   io::Source& tar) const = 0;

    /// Makes the container's root visible at `request.target`, in the calling process's mount
    /// namespace, which must be the pinned one (store/mount_namespace.hpp) unless mounts_nothing().
    /// The mount outlives the process. Idempotent while mounted.
    virtual void mount(const RootfsRequest& request) = 0;
    /// Undoes mount(): the container's own mount goes at once, a shared stack mount when its last
    /// user has gone. Absence is fine. What the container wrote stays in its folder.
    virtual void unmount(const RootfsRequest& request) = 0;

    /// The folder that holds what the container changed, in overlayfs's own form (whiteouts as 0:0
    /// devices, opaque xattrs), or nothing where the whole tree has to be compared with the chain
    /// (vfs: see root_folder()).
    virtual std::optional<Path> upper_folder(const Path& container) const = 0;
    /// The whole tree as plain files, for drivers without an upper.
    virtual std::optional<Path> root_folder(const Path& container) const = 0;

    virtual bool needs_namespace() const noexcept = 0; // false: mounts nothing, needs no privileges
    /// Pairs for `info`: {"Backing Filesystem", "extfs"}, …
    virtual std::vector<std::pair<std::string, std::string>> status() const = 0;
};

} // namespace strata::store
