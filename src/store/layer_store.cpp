// SPDX-License-Identifier: Apache-2.0
#include "store/layer_store.hpp"

#include "base/error.hpp"
#include "db/transaction.hpp"
#include "erofs/reader.hpp"
#include "store/disk_space.hpp"
#include "store/layer_files.hpp"
#include "store/placement.hpp"
#include "store/records.hpp"
#include "store/stacks.hpp"
#include "sys/file.hpp"

#include <fcntl.h>

namespace strata::store {
namespace {

[[noreturn]] void throw_no_layer(const oci::DiffId& id)
{
    throw Error{Errc::not_found, fmt::format("no layer {}", id)};
}

} // namespace

LayerStore::LayerStore(const Layout& layout, db::Database& database, LayerDriver& driver,
                       const Stacks& stacks)
    : layout_{layout}, database_{database}, driver_{driver}, stacks_{stacks}
{
}

Layer LayerStore::publish(PendingLayer pending, const Lease& lease)
{
    return publish(std::move(pending), lease, Present::keep);
}

Layer LayerStore::replace(PendingLayer pending, const Lease& lease)
{
    return publish(std::move(pending), lease, Present::replace);
}

Layer LayerStore::publish(PendingLayer&& pending, const Lease& lease, Present present)
{
    const Object object = object_of(pending.layer.diff_id);
    const std::uint64_t disk_bytes = disk_bytes_of(pending.folder);
    bool superfluous = false;
    {
        db::Transaction transaction{database_, db::Durability::full};
        Placements placements{layout_, lease};
        superfluous = present == Present::keep && is_present(database_, object);
        if (!superfluous) {
            placements.add(transaction, object, pending.folder);
            placements.sync();
            insert_layer(transaction, pending.layer, disk_bytes);
        }
        protect(transaction, lease, object);
        lease.step("commit layer");
        transaction.commit();
        placements.settle();
    }
    if (superfluous) {
        sys::remove_tree(pending.folder);
    }
    return pending.layer;
}

std::optional<Layer> LayerStore::find(const oci::DiffId& id) const
{
    const auto row = database_.query_optional<std::uint64_t, std::uint64_t, std::uint64_t>(
        "SELECT tar_bytes, content_bytes, inodes FROM layer WHERE diff_id = ? AND damaged = 0", id);
    if (!row) {
        return std::nullopt;
    }
    return Layer{id, std::get<0>(*row), std::get<1>(*row), std::get<2>(*row)};
}

std::optional<Layer> LayerStore::hold(const oci::DiffId& id, const Lease& lease)
{
    if (!find(id)) {
        return std::nullopt; // without taking the write lock
    }
    // Nothing is lost when a power cut undoes this: the lease dies in it as well.
    db::Transaction transaction{database_, db::Durability::normal};
    auto layer = find(id);
    if (layer) {
        protect(transaction, lease, object_of(id));
    }
    transaction.commit();
    return layer;
}

std::vector<Layer> LayerStore::list() const
{
    std::vector<Layer> layers;
    database_.for_each<oci::DiffId, std::uint64_t, std::uint64_t, std::uint64_t>(
        "SELECT diff_id, tar_bytes, content_bytes, inodes FROM layer ORDER BY diff_id",
        [&](const oci::DiffId& id, std::uint64_t tar_bytes, std::uint64_t content_bytes,
            std::uint64_t inodes) {
            layers.push_back({id, tar_bytes, content_bytes, inodes});
        });
    return layers;
}

io::SourcePtr LayerStore::open_tar(const oci::DiffId& id) const
{
    if (auto tar = find_tar(layout_.layer(id))) {
        return tar;
    }
    throw_no_layer(id);
}

std::optional<sys::Fd> LayerStore::open_tar_file(const oci::DiffId& id) const
{
    auto file = sys::find_file(layout_.layer(id) / kTar, O_RDONLY);
    if (!file && !sys::find_status(layout_.layer(id))) {
        throw_no_layer(id);
    }
    return file;
}

erofs::Reader LayerStore::open_stack(std::span<const oci::DiffId> chain) const
{
    return erofs::Reader{stacks_.open(chain)};
}

Path LayerStore::ensure_stack(std::span<const oci::DiffId> chain) const
{
    stacks_.open(chain);
    return stacks_.path_of(chain);
}

} // namespace strata::store
