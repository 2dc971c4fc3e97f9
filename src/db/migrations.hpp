// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "db/database.hpp"

#include <span>
#include <string_view>

namespace strata::db {

/// Brings the tables of `module` up to date.
///
/// `steps` is the whole history of its schema: step n turns version n into version n + 1, and may
/// be several SQL statements. A step that was ever released is never edited; append another.
/// Modules keep their versions apart (table `schema_version`), so they can share a database.
///
/// All missing steps are one transaction: after a crash the old schema is there, or the new one.
/// One query when there is nothing to do. Throws Errc::unsupported when the database was written
/// by a program that knows more steps than we do.
void migrate(Database& database, std::string_view module, std::span<const std::string_view> steps);

} // namespace strata::db
