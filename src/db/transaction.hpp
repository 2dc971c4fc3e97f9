// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "db/database.hpp"

namespace strata::db {

/// A write transaction that rolls back unless commit() was reached.
///
/// Takes the write lock at the start (BEGIN IMMEDIATE). A transaction that begins by reading and
/// upgrades later fails with SQLITE_BUSY when another writer got in between, and no busy timeout
/// can wait that out; taking the lock first turns the same race into an ordinary wait.
///
/// Does not nest. Functions that must run inside one take `Transaction&` as their first parameter,
/// so that "needs a transaction" is part of the signature and not of the folklore.
class [[nodiscard]] Transaction {
public:
    explicit Transaction(Database& database) : Transaction{database, database.default_durability()}
    {
    }
    Transaction(Database& database, Durability durability);
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();

    Database& database() noexcept { return database_; }

    /// Throws Errc::unavailable or Errc::exhausted, and then the destructor still rolls back.
    void commit();

private:
    Database& database_;
    bool open_ = true;
};

/// Until it ends, every query on the database sees one state, whatever others write meanwhile.
/// Writers are not kept waiting. Does not nest, and nothing may be written inside.
class [[nodiscard]] Snapshot {
public:
    explicit Snapshot(Database& database);
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;
    ~Snapshot();

private:
    Database& database_;
};

} // namespace strata::db
