// SPDX-License-Identifier: Apache-2.0
#include "db/transaction.hpp"

#include "base/error.hpp"

namespace strata::db {
namespace {

void expect_no_transaction(const Database& database)
{
    if (database.in_transaction()) {
        throw Error{Errc::internal, "a transaction was begun inside another"};
    }
}

} // namespace

Transaction::Transaction(Database& database, Durability durability) : database_{database}
{
    expect_no_transaction(database);
    database.set_durability(durability);
    database.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction()
{
    // Should it fail, closing the connection or the next opening of the file rolls back too. After
    // some errors (disk full, I/O) SQLite has rolled back by itself and there is nothing to undo.
    if (open_ && database_.in_transaction()) {
        database_.try_execute("ROLLBACK");
    }
}

void Transaction::commit()
{
    database_.execute("COMMIT");
    open_ = false;
}

Snapshot::Snapshot(Database& database) : database_{database}
{
    expect_no_transaction(database);
    database.execute("BEGIN DEFERRED");
    try {
        // BEGIN by itself promises nothing: the first read is what fixes the state that is seen.
        database.execute("SELECT 1 FROM sqlite_schema LIMIT 1");
    } catch (...) {
        database.try_execute("ROLLBACK");
        throw;
    }
}

Snapshot::~Snapshot()
{
    database_.try_execute("ROLLBACK");
}

} // namespace strata::db
