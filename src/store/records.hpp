// SPDX-License-Identifier: Apache-2.0
//
// The few statements that several parts of the store share.
#pragma once

#include "store/lease.hpp"
#include "store/object.hpp"

#include <cstdint>
#include <optional>

namespace strata::db {
class Database;
class Transaction;
} // namespace strata::db

namespace strata::store {

struct Layer;

/// Whether the object has a row, and so whole files. A damaged one does not count: it may be
/// brought again.
bool is_present(db::Database& database, const Object& object);

/// A row for files that this transaction has put in place; takes a garbage row of that name away.
void insert_blob(db::Transaction& transaction, const oci::Digest& digest, std::uint64_t bytes);
void insert_layer(db::Transaction& transaction, const Layer& layer, std::uint64_t disk_bytes);
void insert_stack(db::Transaction& transaction, const oci::Digest& chain, std::uint64_t bytes,
                  std::uint64_t checksum);

/// The object is safe from the collector while the lease lives.
void protect(db::Transaction& transaction, const Lease& lease, const Object& object);

/// The object has lost a reference, or files may lie in its place without a row: the collector has
/// to look.
void suspect(db::Transaction& transaction, const Object& object);

} // namespace strata::store
