// SPDX-License-Identifier: Apache-2.0
#include "container/container_store.hpp"

#include "base/error.hpp"
#include "base/id.hpp"
#include "db/migrations.hpp"
#include "db/transaction.hpp"
#include "store/image_store.hpp"
#include "store/store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace strata::container {
namespace {

constexpr std::array<std::string_view, 1> kMigrations = {R"(
    CREATE TABLE container (
        id          TEXT PRIMARY KEY,
        name        TEXT NOT NULL UNIQUE,
        image       TEXT NOT NULL,
        image_name  TEXT NOT NULL,
        created     INTEGER NOT NULL,           -- nanoseconds since 1970, like the others
        state       TEXT NOT NULL,
        pid         INTEGER NOT NULL DEFAULT 0,
        pid_start   INTEGER NOT NULL DEFAULT 0,
        exit_code   INTEGER NOT NULL DEFAULT 0,
        started     INTEGER NOT NULL DEFAULT 0,
        finished    INTEGER NOT NULL DEFAULT 0,
        error       TEXT NOT NULL DEFAULT '',
        config      TEXT NOT NULL
    ) WITHOUT ROWID;
)"};

constexpr std::string_view kHolderPrefix = "container:";
constexpr std::string_view kColumns =
    "id, name, image, image_name, created, state, pid, pid_start, exit_code, started, finished, "
    "error, config";

using Columns = std::tuple<std::string, std::string, oci::Digest, std::string, std::int64_t,
                           std::string, std::int64_t, std::uint64_t, std::int64_t, std::int64_t,
                           std::int64_t, std::string, std::string>;

State state_of(std::string_view name)
{
    for (const State state : {State::created, State::running, State::exited}) {
        if (name_of(state) == name) {
            return state;
        }
    }
    throw Error{Errc::corrupt, fmt::format("container record: state '{}' is unknown", name)};
}

Record record_of(Columns&& row)
{
    auto& [id, name, image, image_name, created, state, pid, pid_start, exit_code, started,
           finished, error, config] = row;
    return {.id = std::move(id),
            .name = std::move(name),
            .image = {image},
            .image_name = std::move(image_name),
            .created_ns = created,
            .state = state_of(state),
            .process = {.pid = pid, .start_time = pid_start},
            .exit_code = exit_code,
            .started_ns = started,
            .finished_ns = finished,
            .error = std::move(error),
            .config = Config::from_json(config)};
}

/// Columns... from a tuple type, so that the list of columns is written once.
template <typename Tuple>
struct Query;
template <typename... C>
struct Query<std::tuple<C...>> {
    template <typename... Arguments>
    static auto all(db::Database& database, std::string_view sql, const Arguments&... arguments)
    {
        return database.query<C...>(sql, arguments...);
    }
};

template <typename... Arguments>
std::vector<Record> select(db::Database& database, std::string_view rest,
                           const Arguments&... arguments)
{
    std::vector<Record> records;
    const std::string sql = fmt::format("SELECT {} FROM container {}", kColumns, rest);
    for (Columns& row : Query<Columns>::all(database, sql, arguments...)) {
        records.push_back(record_of(std::move(row)));
    }
    return records;
}

bool is_hex(std::string_view text)
{
    return std::ranges::all_of(
        text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

} // namespace

std::string_view name_of(State state)
{
    switch (state) {
    case State::created:
        return "created";
    case State::running:
        return "running";
    case State::exited:
        return "exited";
    }
    return {};
}

std::string image_holder(std::string_view id)
{
    return fmt::format("{}{}", kHolderPrefix, id);
}

std::optional<std::string> container_of_holder(std::string_view holder)
{
    if (!holder.starts_with(kHolderPrefix)) {
        return std::nullopt;
    }
    return std::string{holder.substr(kHolderPrefix.size())};
}

void check_name(std::string_view name)
{
    const auto letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    const bool good = name.size() >= 2 && name.size() <= 128 && letter(name.front()) &&
                      std::ranges::all_of(name, [&](char c) {
                          return letter(c) || c == '_' || c == '.' || c == '-';
                      });
    if (!good) {
        throw Error{
            Errc::invalid_argument,
            fmt::format("Invalid container name ({}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed",
                        name)};
    }
}

void add_tables(db::Database& database)
{
    db::migrate(database, "container", kMigrations);
}

ContainerStore::ContainerStore(store::Store& store) : store_{store}, database_{store.database()}
{
    add_tables(database_);
}

void ContainerStore::add(Record& record)
{
    db::Transaction transaction{database_, db::Durability::normal};
    const auto holder_of_name = [&](std::string_view name) {
        return database_.query_optional<std::string>("SELECT id FROM container WHERE name = ?",
                                                     name);
    };
    if (record.name.empty()) {
        for (unsigned attempt = 0; record.name.empty() || holder_of_name(record.name); ++attempt) {
            record.name = random_name(attempt);
        }
    } else if (const auto other = holder_of_name(record.name)) {
        throw Error{
            Errc::conflict,
            fmt::format("Conflict. The container name \"/{}\" is already in use by container "
                        "\"{}\". You have to remove (or rename) that container to be able to "
                        "reuse that name.",
                        record.name, *other)};
    }
    database_.execute("INSERT INTO container (id, name, image, image_name, created, state, config)"
                      " VALUES (?, ?, ?, ?, ?, ?, ?)",
                      record.id, record.name, record.image.value, record.image_name,
                      record.created_ns, name_of(record.state), record.config.to_json());
    store_.images().hold_image(transaction, record.image, image_holder(record.id));
    transaction.commit();
}

std::optional<Record> ContainerStore::find(std::string_view id) const
{
    auto found = select(database_, "WHERE id = ?", id);
    return found.empty() ? std::nullopt : std::optional<Record>{std::move(found.front())};
}

Record ContainerStore::get_as_written(std::string_view text) const
{
    if (auto exact = find(text)) {
        return *std::move(exact);
    }
    const std::string_view name = text.starts_with('/') ? text.substr(1) : text;
    if (auto named = select(database_, "WHERE name = ?", name); !named.empty()) {
        return std::move(named.front());
    }
    if (!text.empty() && is_hex(text)) {
        // 'g' sorts right after the last digit.
        auto prefixed =
            select(database_, "WHERE id >= ? AND id < ? LIMIT 2", text, fmt::format("{}g", text));
        if (prefixed.size() == 2) {
            throw Error{Errc::invalid_argument,
                        fmt::format("multiple IDs found with provided prefix: {}", text)};
        }
        if (prefixed.size() == 1) {
            return std::move(prefixed.front());
        }
    }
    throw Error{Errc::not_found, fmt::format("No such container: {}", text)};
}

std::vector<Record> ContainerStore::list() const
{
    return select(database_, "ORDER BY created DESC, id");
}

std::vector<std::string> ContainerStore::ids() const
{
    return database_.query<std::string>("SELECT id FROM container");
}

void ContainerStore::set_running(std::string_view id, const ProcessId& process,
                                 std::int64_t started_ns)
{
    db::Transaction transaction{database_, db::Durability::normal};
    database_.execute(
        "UPDATE container SET state = 'running', pid = ?, pid_start = ?, started = ?, "
        "finished = 0, exit_code = 0, error = '' WHERE id = ?",
        process.pid, process.start_time, started_ns, id);
    transaction.commit();
}

void ContainerStore::set_exited(std::string_view id, std::int64_t exit_code,
                                std::int64_t finished_ns)
{
    db::Transaction transaction{database_, db::Durability::normal};
    database_.execute(
        "UPDATE container SET state = 'exited', pid = 0, pid_start = 0, exit_code = ?, "
        "finished = ? WHERE id = ?",
        exit_code, finished_ns, id);
    transaction.commit();
}

void ContainerStore::set_failed(std::string_view id, std::int64_t exit_code, std::string_view error)
{
    db::Transaction transaction{database_, db::Durability::normal};
    database_.execute(
        "UPDATE container SET state = 'created', pid = 0, pid_start = 0, exit_code = ?, "
        "error = ? WHERE id = ?",
        exit_code, error, id);
    transaction.commit();
}

bool ContainerStore::remove(std::string_view id)
{
    db::Transaction transaction{database_, db::Durability::normal};
    database_.execute("DELETE FROM container WHERE id = ?", id);
    const bool was_there = database_.changes() > 0;
    store_.images().release_image(transaction, image_holder(id));
    transaction.commit();
    return was_there;
}

} // namespace strata::container
