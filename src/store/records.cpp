// SPDX-License-Identifier: Apache-2.0
#include "store/records.hpp"

#include "db/transaction.hpp"
#include "store/layer_store.hpp"

namespace strata::store {
namespace {

void no_longer_garbage(db::Transaction& transaction, const Object& object)
{
    transaction.database().execute("DELETE FROM garbage WHERE kind = ? AND digest = ?",
                                   name_of(object.kind), object.digest);
}

} // namespace

bool is_present(db::Database& database, const Object& object)
{
    switch (object.kind) {
    case ObjectKind::layer:
        return database
            .query_optional<std::int64_t>("SELECT 1 FROM layer WHERE diff_id = ? AND damaged = 0",
                                          object.digest)
            .has_value();
    case ObjectKind::blob:
        return database
            .query_optional<std::int64_t>("SELECT 1 FROM blob WHERE digest = ? AND damaged = 0",
                                          object.digest)
            .has_value();
    case ObjectKind::stack:
        return database
            .query_optional<std::int64_t>("SELECT 1 FROM stack WHERE chain = ?", object.digest)
            .has_value();
    }
    return false;
}

void insert_blob(db::Transaction& transaction, const oci::Digest& digest, std::uint64_t bytes)
{
    transaction.database().execute(
        "INSERT INTO blob (digest, bytes) VALUES (?, ?)"
        " ON CONFLICT (digest) DO UPDATE SET bytes = excluded.bytes, damaged = 0",
        digest, bytes);
    no_longer_garbage(transaction, {ObjectKind::blob, digest});
}

void insert_layer(db::Transaction& transaction, const Layer& layer, std::uint64_t disk_bytes)
{
    transaction.database().execute(
        "INSERT INTO layer (diff_id, tar_bytes, content_bytes, inodes, disk_bytes) VALUES (?, ?, "
        "?, ?, ?)"
        " ON CONFLICT (diff_id) DO UPDATE SET tar_bytes = excluded.tar_bytes, content_bytes = "
        "excluded.content_bytes,"
        " inodes = excluded.inodes, disk_bytes = excluded.disk_bytes, damaged = 0",
        layer.diff_id, layer.tar_bytes, layer.content_bytes, layer.inodes, disk_bytes);
    no_longer_garbage(transaction, object_of(layer.diff_id));
}

void insert_stack(db::Transaction& transaction, const oci::Digest& chain, std::uint64_t bytes,
                  std::uint64_t checksum)
{
    // SQLite's integers are signed; the checksum is just bits.
    transaction.database().execute(
        "INSERT OR REPLACE INTO stack (chain, bytes, checksum) VALUES (?, ?, ?)", chain, bytes,
        static_cast<std::int64_t>(checksum));
    no_longer_garbage(transaction, {ObjectKind::stack, chain});
}

void protect(db::Transaction& transaction, const Lease& lease, const Object& object)
{
    transaction.database().execute(
        "INSERT OR IGNORE INTO lease_object (lease, kind, digest) VALUES (?, ?, ?)", lease.id(),
        name_of(object.kind), object.digest);
}

void suspect(db::Transaction& transaction, const Object& object)
{
    transaction.database().execute("INSERT OR IGNORE INTO garbage (kind, digest) VALUES (?, ?)",
                                   name_of(object.kind), object.digest);
}

} // namespace strata::store
