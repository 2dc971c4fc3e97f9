// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace strata::db {
class Database;
}

namespace strata::store {

/// Brings the store's tables up to date; docs/formats/database.md describes them.
void migrate_schema(db::Database& database);

} // namespace strata::store
