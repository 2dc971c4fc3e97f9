// SPDX-License-Identifier: Apache-2.0
#include "db/migrations.hpp"

#include "base/error.hpp"
#include "db/transaction.hpp"

#include <string>

namespace strata::db {
namespace {

constexpr std::string_view kVersionTable =
    "CREATE TABLE IF NOT EXISTS schema_version ("
    " module TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT, WITHOUT ROWID";

std::size_t read_version(Database& database, std::string_view module)
{
    return database
        .query_optional<std::size_t>("SELECT version FROM schema_version WHERE module = ?", module)
        .value_or(0);
}

bool has_version_table(Database& database)
{
    return database
        .query_optional<std::int64_t>(
            "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'")
        .has_value();
}

/// Asks for the version straight away, because the table is missing only in a database's first
/// second; that the statement then does not even compile is how we learn of it.
std::size_t find_version(Database& database, std::string_view module)
{
    try {
        return read_version(database, module);
    } catch (const Error& error) {
        if (error.code() != Errc::internal) {
            throw;
        }
        // Another process may have made it between the two questions.
        return has_version_table(database) ? read_version(database, module) : 0;
    }
}

void refuse_newer(const Database& database, std::string_view module, std::size_t found,
                  std::size_t known)
{
    if (found > known) {
        throw Error{Errc::unsupported,
                    fmt::format("database '{}' was written by a newer strata (schema '{}' has "
                                "version {}, this program knows {})",
                                database.file().string(), module, found, known),
                    "Use the newer program, or another data root (--root)."};
    }
}

} // namespace

void migrate(Database& database, std::string_view module, std::span<const std::string_view> steps)
{
    const std::size_t seen = find_version(database, module);
    refuse_newer(database, module, seen, steps.size());
    if (seen == steps.size()) {
        return;
    }

    Transaction transaction{database, Durability::full};
    database.execute(kVersionTable);
    // Again, under the write lock: another process may have done the work meanwhile.
    const std::size_t version = read_version(database, module);
    refuse_newer(database, module, version, steps.size());
    for (std::size_t next = version; next < steps.size(); ++next) {
        in_context(
            [&] {
                return fmt::format("updating schema '{}' to version {} of {}", module, next + 1,
                                   steps.size());
            },
            [&] { database.execute_script(std::string{steps[next]}); });
    }
    database.execute("INSERT INTO schema_version (module, version) VALUES (?, ?)"
                     " ON CONFLICT (module) DO UPDATE SET version = excluded.version",
                     module, steps.size());
    transaction.commit();
}

} // namespace strata::db
