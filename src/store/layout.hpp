// SPDX-License-Identifier: Apache-2.0
//
// Where everything lies. The only file that knows the paths of a data root and a run root.
//
//   <root>/                          0710
//     strata.db                      names, images, layers, blobs, leases, containers: SQLite, WAL
//     driver                         the storage driver that this root was made with, one word
//     reserve                        room that is given up when a full disk has to be emptied
//     blobs/sha256/<hex>             manifests, configs and compressed layers, verbatim
//     layers/<diff id hex>/tar       a layer: its exact uncompressed tar         (erofs)
//     layers/<diff id hex>/tar.zst   the same bytes, compressed                  (overlay, vfs)
//     layers/<diff id hex>/index     EROFS metadata over that tar                (every driver)
//     layers/<diff id hex>/extra     bytes not in one piece in the tar           (where needed)
//     layers/<diff id hex>/tree/     the unpacked layer                          (overlay)
//     layers/<diff id hex>/tree.user the same, made in a user namespace          (overlay)
//     layers/<diff id hex>/restated  folders that overlayfs would show wrongly   (overlay)
//     stacks/<chain id hex>/index    metadata fused over a whole chain; a cache  (every driver)
//     containers/<id>/               config.json, upper/, work/, rootfs (vfs), log files
//     volumes/<name>/_data
//     tmp/<lease id>/                what is being made; its `lock` is held by who makes it
//   <run root>/
//     ns/mnt                         the pinned mount namespace
//     lock                           held while that is made or dropped
//     stacks/<chain id hex>/         mount points, seen inside the pinned namespace only
//     stacks/<chain id hex>.users/   one file a container that uses it, named after it
//     stacks/<chain id hex>.lock     held while that mount is made or dropped
//     containers/<id>/               OCI bundle, shim socket, pid files
//     runtime/<id>/                  the OCI runtime's own files
#pragma once

#include "oci/digest.hpp"
#include "sys/file.hpp"

#include <string_view>

namespace strata::store {

using sys::Path;

struct Layout {
    Path root;
    Path run_root;

    Path database() const { return root / "strata.db"; }
    Path driver() const { return root / "driver"; }
    Path reserve() const { return root / "reserve"; }
    Path blobs() const { return root / "blobs" / "sha256"; }
    Path blob(const oci::BlobDigest& digest) const
    {
        return root / "blobs" /
               (digest.value.algorithm() == oci::HashAlgorithm::sha256 ? "sha256" : "sha512") /
               digest.value.hex();
    }
    Path layers() const { return root / "layers"; }
    Path layer(const oci::DiffId& id) const { return layers() / id.value.hex(); }
    Path stacks() const { return root / "stacks"; }
    Path stack(const oci::ChainId& id) const { return stacks() / id.value.hex(); }
    Path containers() const { return root / "containers"; }
    Path container(std::string_view id) const { return containers() / id; }
    Path volumes() const { return root / "volumes"; }
    Path volume(std::string_view name) const { return volumes() / name / "_data"; }
    Path tmp() const { return root / "tmp"; }

    Path namespace_folder() const { return run_root / "ns"; }
    Path namespace_pin() const { return namespace_folder() / "mnt"; }
    Path run_lock() const { return run_root / "lock"; }
    Path stack_mounts() const { return run_root / "stacks"; }
    Path stack_mount(const oci::ChainId& id) const { return stack_mounts() / id.hex(); }
    Path stack_users(const oci::ChainId& id) const
    {
        return stack_mounts() / (id.hex() + ".users");
    }
    Path stack_lock(const oci::ChainId& id) const { return stack_mounts() / (id.hex() + ".lock"); }
    Path run_containers() const { return run_root / "containers"; }
    Path run_container(std::string_view id) const { return run_containers() / id; }
    Path runtime_states() const { return run_root / "runtime"; }
};

} // namespace strata::store
