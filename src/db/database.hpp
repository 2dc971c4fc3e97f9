// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "db/column.hpp"

#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace strata::db {

class Execution;

/// What a commit promises when the machine loses power. A killed process loses nothing either way.
enum class Durability {
    full,   // it is on disk when commit() returns
    normal, // it may be undone, whole; the database stays sound
};

enum class Create { no, yes };
enum class Access { read_write, read_only };

struct OpenOptions {
    Create create = Create::no; // the file; its folder must exist
    Access access = Access::read_write;
    Durability durability = Durability::full; // what transactions get that do not say otherwise
    std::chrono::milliseconds busy_timeout{30'000};
};

/// One column is its own type; several are a tuple.
template <typename... Columns>
struct RowOf {
    using type = std::tuple<Columns...>;
};
template <typename Only>
struct RowOf<Only> {
    using type = Only;
};
template <typename... Columns>
using Row = typename RowOf<Columns...>::type;

/// A connection to an SQLite database in WAL mode, with foreign keys enforced.
///
/// Statements are prepared once and kept. One thread at a time; not to be used after fork().
/// Every error names the file: Errc::unavailable (locked for longer than the busy timeout),
/// exhausted (disk full), corrupt, already_exists (unique constraint), conflict (another
/// constraint), denied (read-only, no permission), internal (wrong SQL).
class Database {
public:
    /// Throws Errc::not_found when there is no file and options.create does not say to make one.
    explicit Database(const std::filesystem::path& file, const OpenOptions& options = {});
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database();

    const std::filesystem::path& file() const noexcept { return file_; }

    /// Runs one statement. `arguments` take the place of its question marks, in order.
    template <typename... Arguments>
    void execute(std::string_view sql, const Arguments&... arguments);

    /// Runs any number of statements, separated by semicolons. For schemas.
    void execute_script(const std::string& sql);

    /// For destructors: never throws, says whether it worked.
    bool try_execute(std::string_view sql) noexcept;

    /// Every row. `query<std::string, std::int64_t>(…)` gives a vector of tuples,
    /// `query<std::string>(…)` a vector of strings.
    template <typename... Columns, typename... Arguments>
    std::vector<Row<Columns...>> query(std::string_view sql, const Arguments&... arguments);

    /// The first row, if there is one.
    template <typename... Columns, typename... Arguments>
    std::optional<Row<Columns...>> query_optional(std::string_view sql,
                                                  const Arguments&... arguments);

    /// The first row of a query that always has one, such as a count. Throws Errc::internal if not.
    template <typename... Columns, typename... Arguments>
    Row<Columns...> query_one(std::string_view sql, const Arguments&... arguments);

    /// Calls `visit(columns…)` for each row, without keeping them. It may use this database.
    template <typename... Columns, typename Visit, typename... Arguments>
    requires std::invocable<Visit&, Columns...>
    void for_each(std::string_view sql, Visit&& visit, const Arguments&... arguments);

    /// Rows that the last INSERT, UPDATE or DELETE touched.
    std::uint64_t changes() const noexcept;
    std::int64_t last_insert_id() const noexcept;
    bool in_transaction() const noexcept;

    Durability default_durability() const noexcept { return default_durability_; }
    /// For Transaction; has no effect inside one.
    void set_durability(Durability durability);

private:
    friend class Execution;
    struct Prepared {
        sqlite3_stmt* statement = nullptr;
        bool in_use = false;
    };
    struct SqlHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view sql) const noexcept
        {
            return std::hash<std::string_view>{}(sql);
        }
    };

    static int after_commit(void* self, sqlite3* handle, const char* schema, int log_pages);
    void empty_log() noexcept;
    void configure(const OpenOptions& options);
    void enter_wal(std::chrono::milliseconds patience);
    sqlite3_stmt* prepare(std::string_view sql, unsigned flags);
    void finalize_all() noexcept;
    [[noreturn]] void fail(int result, std::string_view doing) const;

    std::filesystem::path file_;
    sqlite3* handle_ = nullptr;
    std::unordered_map<std::string, Prepared, SqlHash, std::equal_to<>> statements_;
    int busy_timeout_;  // milliseconds
    int log_pages_ = 0; // after our last commit
    Durability default_durability_;
    Durability durability_ = Durability::full;
};

/// One run of a prepared statement: bound, stepped, and given back when it goes out of scope.
/// What query() and execute() are made of.
class Execution {
public:
    Execution(Database& database, std::string_view sql, const Value* values, std::size_t count);
    Execution(const Execution&) = delete;
    Execution& operator=(const Execution&) = delete;
    ~Execution();

    /// To the next row; false when there is none.
    bool step();

    template <typename... Columns>
    Row<Columns...> row() const
    {
        return [this]<std::size_t... I>(std::index_sequence<I...>)
        {
            expect_columns(sizeof...(Columns));
            return Row<Columns...>{column<Columns>(static_cast<int>(I))...};
        }
        (std::index_sequence_for<Columns...>{});
    }

    template <typename T>
    T column(int index) const
    {
        return load(index, [&](const Value& value) { return Column<T>::load(value); });
    }

private:
    template <typename Load>
    auto load(int index, Load&& convert) const -> decltype(convert(std::declval<const Value&>()))
    {
        try {
            return convert(value(index));
        } catch (...) {
            refuse_column(index);
        }
    }

    Value value(int index) const;
    void bind(const Value* values, std::size_t count);
    void release() noexcept;
    void expect_columns(std::size_t count) const;
    /// Rethrows what is being handled as Errc::corrupt, naming file and column.
    [[noreturn]] void refuse_column(int index) const;

    Database& database_;
    sqlite3_stmt* statement_ = nullptr;
    bool* in_use_ = nullptr; // where the cache notes it; null for one that is ours alone
};

namespace detail {

/// Keeps what Column<T>::store() made alive while SQLite borrows it.
template <typename... Arguments>
class Bindings {
public:
    explicit Bindings(const Arguments&... arguments)
        : stored_{Column<std::remove_cvref_t<Arguments>>::store(arguments)...}
        , values_{std::apply(
              [](const auto&... stored) {
                  return std::array<Value, sizeof...(Arguments)>{as_value(stored)...};
              },
              stored_)}
    {
    }
    Bindings(const Bindings&) = delete;
    Bindings& operator=(const Bindings&) = delete;

    const Value* data() const noexcept { return values_.data(); }
    static constexpr std::size_t size() noexcept { return sizeof...(Arguments); }

private:
    std::tuple<decltype(Column<std::remove_cvref_t<Arguments>>::store(
        std::declval<const Arguments&>()))...>
        stored_;
    std::array<Value, sizeof...(Arguments)> values_;
};

} // namespace detail

template <typename... Arguments>
void Database::execute(std::string_view sql, const Arguments&... arguments)
{
    const detail::Bindings<Arguments...> bindings{arguments...};
    Execution execution{*this, sql, bindings.data(), bindings.size()};
    while (execution.step()) { // a statement with RETURNING gives rows; run it to its end
    }
}

template <typename... Columns, typename... Arguments>
std::vector<Row<Columns...>> Database::query(std::string_view sql, const Arguments&... arguments)
{
    const detail::Bindings<Arguments...> bindings{arguments...};
    Execution execution{*this, sql, bindings.data(), bindings.size()};
    std::vector<Row<Columns...>> rows;
    while (execution.step()) {
        rows.push_back(execution.row<Columns...>());
    }
    return rows;
}

template <typename... Columns, typename... Arguments>
std::optional<Row<Columns...>> Database::query_optional(std::string_view sql,
                                                        const Arguments&... arguments)
{
    const detail::Bindings<Arguments...> bindings{arguments...};
    Execution execution{*this, sql, bindings.data(), bindings.size()};
    if (!execution.step()) {
        return std::nullopt;
    }
    return execution.row<Columns...>();
}

[[noreturn]] void throw_no_row(std::string_view sql);

template <typename... Columns, typename... Arguments>
Row<Columns...> Database::query_one(std::string_view sql, const Arguments&... arguments)
{
    auto row = query_optional<Columns...>(sql, arguments...);
    if (!row) {
        throw_no_row(sql);
    }
    return *std::move(row);
}

template <typename... Columns, typename Visit, typename... Arguments>
requires std::invocable<Visit&, Columns...>
void Database::for_each(std::string_view sql, Visit&& visit, const Arguments&... arguments)
{
    const detail::Bindings<Arguments...> bindings{arguments...};
    Execution execution{*this, sql, bindings.data(), bindings.size()};
    while (execution.step()) {
        auto row = execution.row<Columns...>();
        if constexpr (sizeof...(Columns) == 1) {
            visit(std::move(row));
        } else {
            std::apply(visit, std::move(row));
        }
    }
}

} // namespace strata::db
