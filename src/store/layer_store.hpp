// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/source.hpp"
#include "io/tar_reader.hpp"
#include "oci/digest.hpp"
#include "store/layout.hpp"
#include "store/lease.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

namespace strata::db {
class Database;
class Transaction;
} // namespace strata::db
namespace strata::erofs {
class Reader;
}

namespace strata::store {

class LayerDriver;
class Stacks;

struct Layer {
    oci::DiffId diff_id;
    std::uint64_t tar_bytes = 0; // of the uncompressed tar
    std::uint64_t content_bytes =
        0; // of its files and symlinks: what Docker shows as a layer's size
    std::uint64_t inodes = 0;
};

/// A layer whose files are complete and synced in a lease's folder, but that nobody can see yet.
struct PendingLayer {
    Layer layer;
    Path folder;
};

struct ReceiveOptions {
    std::optional<oci::DiffId> expected; // refuse any other bytes with Errc::corrupt
    io::TarLimits limits;
    std::size_t pipeline_bytes = 8 << 20; // in memory between the reader and the slowest consumer
    std::function<void(std::uint64_t bytes)>
        progress; // total so far, from one thread, now and then
    std::stop_token stop;
};

class LayerStore {
public:
    LayerStore(const Layout& layout, db::Database& database, LayerDriver& driver,
               const Stacks& stacks);

    /// Reads an uncompressed layer tar to its end: hashed, written and indexed in passing. When it
    /// returns the bytes are on disk, synced, in the lease's folder. Thread-safe: several layers
    /// may be received at once. Throws Errc::corrupt (not a tar, truncated, another digest than
    /// expected), Errc::invalid_argument (hostile names), Errc::exhausted (limits, disk),
    /// Errc::cancelled; nothing is left behind then.
    PendingLayer receive(io::Source& tar, const Lease& lease,
                         const ReceiveOptions& options = {}) const;

    /// Makes a received layer visible, protected by `lease` until something refers to it. If the
    /// layer is there already, the new copy is dropped. One transaction of its own.
    Layer publish(PendingLayer pending, const Lease& lease);

    /// The same, but takes the place of what is there: how fsck mends a damaged layer. Containers
    /// that have the old files open keep them.
    Layer replace(PendingLayer pending, const Lease& lease);

    std::optional<Layer> find(const oci::DiffId& id) const;
    /// Takes an existing layer under the lease's protection; nothing if it is not there (any more).
    std::optional<Layer> hold(const oci::DiffId& id, const Lease& lease);
    std::vector<Layer> list() const;

    // Reading a layer's files is thread-safe. Throws Errc::not_found when the layer is not there.

    /// The exact bytes whose digest is the diff id.
    io::SourcePtr open_tar(const oci::DiffId& id) const;
    /// The tar as a plain file to copy from or to seek in, where the driver keeps one (erofs does).
    std::optional<sys::Fd> open_tar_file(const oci::DiffId& id) const;

    /// The fused metadata of a chain, lowest layer first; made at need, kept as a cache.
    erofs::Reader open_stack(std::span<const oci::DiffId> chain) const;
    /// Makes sure that the stack's file exists and is sound, and returns its path.
    Path ensure_stack(std::span<const oci::DiffId> chain) const;

private:
    enum class Present { keep, replace };
    Layer publish(PendingLayer&& pending, const Lease& lease, Present present);

    const Layout& layout_;
    db::Database& database_;
    LayerDriver& driver_;
    const Stacks& stacks_;
};

} // namespace strata::store
