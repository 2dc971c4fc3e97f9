// SPDX-License-Identifier: Apache-2.0
//
// Events on their way to endpoints. A killed process loses none; a loss of power may lose the last
// ones, with the request that they told of or without (no sync of their own).
#include "registry/metadata/sqlite_metadata.hpp"

namespace strata::registry {
namespace {

constexpr std::size_t kDeliveriesKept = 1000; // per endpoint

void log_delivery(db::Database& database, std::int64_t id, int status, std::string_view error)
{
    database.execute("INSERT INTO delivery (number, endpoint, event, attempts, status, error,"
                     " when_ns) SELECT number, endpoint, event, attempts + 1, ?, ?, ? FROM outbox"
                     " WHERE number = ? ON CONFLICT (number) DO UPDATE SET"
                     " attempts = excluded.attempts, status = excluded.status,"
                     " error = excluded.error, when_ns = excluded.when_ns",
                     status, error, now(), id);
}

void prune_log(db::Database& database, std::int64_t id)
{
    database.execute("DELETE FROM delivery WHERE endpoint ="
                     " (SELECT endpoint FROM delivery WHERE number = ?1) AND when_ns <="
                     " (SELECT when_ns FROM delivery WHERE endpoint ="
                     "  (SELECT endpoint FROM delivery WHERE number = ?1)"
                     "  ORDER BY when_ns DESC LIMIT 1 OFFSET ?2)",
                     id, kDeliveriesKept);
}

void enqueue(db::Database& database, std::string_view endpoint, std::string_view event)
{
    database.execute("INSERT INTO endpoint (name) VALUES (?) ON CONFLICT (name) DO NOTHING",
                     endpoint);
    database.execute("INSERT INTO outbox (endpoint, event, attempts, due_ns) VALUES (?, ?, 0, ?)",
                     endpoint, event, now());
}

} // namespace

void SqliteMetadata::add_events(
    const std::vector<std::pair<std::string, std::string>>& endpoint_and_event)
{
    writer_.run(db::Durability::normal, [&](db::Database& database) {
        for (const auto& [endpoint, event] : endpoint_and_event) {
            enqueue(database, endpoint, event);
        }
    });
}

std::vector<OutboxEntry> SqliteMetadata::due_events(Timestamp now)
{
    std::vector<OutboxEntry> entries;
    Reader
    {
        readers_
        } -> for_each<std::int64_t, std::string, std::string, unsigned, Timestamp>(
            "SELECT o.number, o.endpoint, o.event, o.attempts, o.due_ns FROM endpoint e"
            " JOIN outbox o ON o.number = (SELECT MIN(x.number) FROM outbox x"
            "  WHERE x.endpoint = e.name) WHERE o.due_ns <= ? ORDER BY o.number",
            [&](std::int64_t id, std::string endpoint, std::string event, unsigned attempts,
                Timestamp due) {
                entries.push_back({id, std::move(endpoint), std::move(event), attempts, due});
            },
            now);
    return entries;
}

void SqliteMetadata::event_delivered(std::int64_t id, int status)
{
    writer_.run(db::Durability::normal, [&](db::Database& database) {
        log_delivery(database, id, status, "");
        database.execute("DELETE FROM outbox WHERE number = ?", id);
        prune_log(database, id);
    });
}

void SqliteMetadata::event_failed(std::int64_t id, int status, std::string_view error,
                                  Timestamp next)
{
    writer_.run(db::Durability::normal, [&](db::Database& database) {
        log_delivery(database, id, status, error);
        database.execute("UPDATE outbox SET attempts = attempts + 1, due_ns = ? WHERE number = ?",
                         next, id);
    });
}

std::vector<Delivery> SqliteMetadata::list_deliveries(std::string_view endpoint, std::size_t limit)
{
    std::vector<Delivery> deliveries;
    Reader
    {
        readers_
        }
        -> for_each<std::int64_t, std::string, std::string, unsigned, int, std::string, Timestamp>(
            "SELECT number, endpoint, event, attempts, status, error, when_ns FROM delivery"
            " WHERE endpoint = ? ORDER BY when_ns DESC, number DESC LIMIT ?",
            [&](std::int64_t id, std::string name, std::string event, unsigned attempts, int status,
                std::string error, Timestamp when) {
                deliveries.push_back({id, std::move(name), std::move(event), attempts, status,
                                      std::move(error), when});
            },
            endpoint, limit);
    return deliveries;
}

bool SqliteMetadata::replay(std::int64_t delivery)
{
    return writer_.run(db::Durability::normal, [&](db::Database& database) {
        database.execute("UPDATE outbox SET due_ns = ? WHERE number = ?", now(), delivery);
        if (database.changes() != 0) {
            return true;
        }
        const auto row = database.query_optional<std::string, std::string>(
            "SELECT endpoint, event FROM delivery WHERE number = ?", delivery);
        if (row) {
            enqueue(database, std::get<0>(*row), std::get<1>(*row));
        }
        return row.has_value();
    });
}

std::uint64_t SqliteMetadata::pending_events(std::string_view endpoint)
{
    return Reader
    {
        readers_
        } -> query_one<std::uint64_t>("SELECT COUNT(*) FROM outbox WHERE endpoint = ?", endpoint);
}

} // namespace strata::registry
