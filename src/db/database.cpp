// SPDX-License-Identifier: Apache-2.0
#include "db/database.hpp"

#include "base/error.hpp"
#include "db/sqlite_error.hpp"

#include <sqlite3.h>

#include <climits>
#include <exception>
#include <thread>

namespace strata::db {
namespace {

// Most of our processes make one small change and end. By default the last one to close would copy
// the log into the database and delete it, which is two syncs, and the next one to write would make
// it anew, which is two more: thirty milliseconds on a slow disk. So the log stays where it is
// until somebody closes who has seen it grow beyond the first of these numbers of pages (of 4 KiB),
// or commits when it is beyond the second. All of it is checked when the first process opens the
// file again, which for the first number takes half a millisecond.
//
// The log is then emptied, not only copied: that it was copied is noted in the shared memory, which
// does not outlive the last process, and so it would be copied again and again and never end.
constexpr int kLogPagesAtClose = 128;
constexpr int kLogPagesAtCommit = 1024;

} // namespace

Database::Database(const std::filesystem::path& file, const OpenOptions& options)
    : file_{file}
    , busy_timeout_{static_cast<int>(options.busy_timeout.count())}
    , default_durability_{options.durability}
{
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    flags |= options.access == Access::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    flags |= options.create == Create::yes ? SQLITE_OPEN_CREATE : 0;
    try {
        if (const int result = sqlite3_open_v2(file.c_str(), &handle_, flags, nullptr);
            result != SQLITE_OK) {
            fail(result, "open");
        }
        configure(options);
    } catch (...) {
        finalize_all();
        sqlite3_close_v2(handle_);
        throw;
    }
}

Database::~Database()
{
    finalize_all();
    if (log_pages_ >= kLogPagesAtClose) {
        empty_log();
    }
    sqlite3_close_v2(handle_);
}

void Database::configure(const OpenOptions& options)
{
    sqlite3_busy_timeout(handle_, busy_timeout_);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
    // Text in double quotes is a name, never a string: a misspelled column must not become text.
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    // A schema can hold SQL; from a file that somebody else may have written it gets no powers.
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    sqlite3_wal_hook(handle_, after_commit, this);
    if (options.access == Access::read_write) {
        enter_wal(options.busy_timeout);
    }
    set_durability(options.durability);
}

int Database::after_commit(void* self, sqlite3*, const char*, int log_pages)
{
    auto* const database = static_cast<Database*>(self);
    database->log_pages_ = log_pages;
    if (log_pages >= kLogPagesAtCommit) {
        database->empty_log();
    }
    return SQLITE_OK;
}

/// Copies the log into the database and truncates it, unless somebody is in the way: then whoever
/// comes next will.
void Database::empty_log() noexcept
{
    sqlite3_busy_timeout(handle_, 0);
    if (sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr) ==
        SQLITE_OK) {
        log_pages_ = 0;
    }
    sqlite3_busy_timeout(handle_, busy_timeout_);
}

/// WAL is a property of the file and found again at the next opening, but the first one has to make
/// it so. That needs an exclusive lock for which SQLite does not call its busy handler, so when
/// many processes open a new file at once, all but one are told "busy" and have to come back.
void Database::enter_wal(std::chrono::milliseconds patience)
{
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (true) {
        const int result =
            sqlite3_exec(handle_, "PRAGMA journal_mode=WAL", nullptr, nullptr, nullptr);
        if (result == SQLITE_OK) {
            return;
        }
        if ((result & 0xff) != SQLITE_BUSY || std::chrono::steady_clock::now() >= deadline) {
            fail(result, "PRAGMA journal_mode=WAL");
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
}

void Database::set_durability(Durability durability)
{
    if (durability == durability_ || in_transaction()) {
        return;
    }
    execute(durability == Durability::full ? "PRAGMA synchronous=FULL"
                                           : "PRAGMA synchronous=NORMAL");
    durability_ = durability;
}

void Database::execute_script(const std::string& sql)
{
    if (const int result = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
        result != SQLITE_OK) {
        fail(result, sql);
    }
}

bool Database::try_execute(std::string_view sql) noexcept
{
    sqlite3_stmt* statement = nullptr;
    int result =
        sqlite3_prepare_v2(handle_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
    if (result == SQLITE_OK) {
        do {
            result = sqlite3_step(statement);
        } while (result == SQLITE_ROW);
    }
    sqlite3_finalize(statement);
    return result == SQLITE_DONE;
}

std::uint64_t Database::changes() const noexcept
{
    return static_cast<std::uint64_t>(sqlite3_changes64(handle_));
}

std::int64_t Database::last_insert_id() const noexcept
{
    return sqlite3_last_insert_rowid(handle_);
}

bool Database::in_transaction() const noexcept
{
    return sqlite3_get_autocommit(handle_) == 0;
}

sqlite3_stmt* Database::prepare(std::string_view sql, unsigned flags)
{
    sqlite3_stmt* statement = nullptr;
    const char* rest = nullptr;
    const int result = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), flags,
                                          &statement, &rest);
    if (result != SQLITE_OK) {
        fail(result, sql);
    }
    const std::string_view left{rest, static_cast<std::size_t>(sql.data() + sql.size() - rest)};
    if (statement == nullptr || left.find_first_not_of(" \n\t;") != left.npos) {
        sqlite3_finalize(statement);
        throw Error{Errc::internal, fmt::format("not exactly one SQL statement: {}", sql)};
    }
    return statement;
}

void Database::finalize_all() noexcept
{
    for (auto& [sql, prepared] : statements_) {
        sqlite3_finalize(prepared.statement);
    }
    statements_.clear();
}

void Database::fail(int result, std::string_view doing) const
{
    throw_sqlite_error(result, handle_, file_, doing);
}

Execution::Execution(Database& database, std::string_view sql, const Value* values,
                     std::size_t count)
    : database_{database}
{
    auto found = database.statements_.find(sql);
    if (found == database.statements_.end()) {
        sqlite3_stmt* statement = database.prepare(sql, SQLITE_PREPARE_PERSISTENT);
        found = database.statements_.try_emplace(std::string{sql}).first;
        found->second.statement = statement;
    }
    if (found->second.in_use) { // a for_each() whose visitor runs the same statement again
        statement_ = database.prepare(sql, 0);
    } else {
        statement_ = found->second.statement;
        in_use_ = &found->second.in_use; // stays valid: a node of an unordered_map never moves
        *in_use_ = true;
    }
    try {
        bind(values, count);
    } catch (...) {
        release();
        throw;
    }
}

Execution::~Execution()
{
    release();
}

void Execution::release() noexcept
{
    if (in_use_ == nullptr) {
        sqlite3_finalize(statement_);
        return;
    }
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_); // drops what it borrowed
    *in_use_ = false;
}

namespace {

// A zero-length blob or text has no address worth giving, and SQLite takes null for NULL.
const void* never_null(const void* data)
{
    return data != nullptr ? data : "";
}

int bind_one(sqlite3_stmt* statement, int index, const Value& value)
{
    struct Bind {
        sqlite3_stmt* statement;
        int index;

        int operator()(Null) const { return sqlite3_bind_null(statement, index); }
        int operator()(std::int64_t integer) const
        {
            return sqlite3_bind_int64(statement, index, integer);
        }
        int operator()(double real) const { return sqlite3_bind_double(statement, index, real); }
        int operator()(std::string_view text) const
        {
            // Null destructor: borrowed. Execution clears the bindings before the text can go.
            return sqlite3_bind_text64(statement, index,
                                       static_cast<const char*>(never_null(text.data())),
                                       text.size(), nullptr, SQLITE_UTF8);
        }
        int operator()(Blob blob) const
        {
            return sqlite3_bind_blob64(statement, index, never_null(blob.data()), blob.size(),
                                       nullptr);
        }
    };
    return std::visit(Bind{statement, index}, value);
}

} // namespace

void Execution::bind(const Value* values, std::size_t count)
{
    if (static_cast<std::size_t>(sqlite3_bind_parameter_count(statement_)) != count) {
        throw Error{Errc::internal,
                    fmt::format("{} arguments for: {}", count, sqlite3_sql(statement_))};
    }
    for (std::size_t i = 0; i < count; ++i) {
        if (const int result = bind_one(statement_, static_cast<int>(i) + 1, values[i]);
            result != SQLITE_OK) {
            database_.fail(result, sqlite3_sql(statement_));
        }
    }
}

bool Execution::step()
{
    switch (const int result = sqlite3_step(statement_)) {
    case SQLITE_ROW:
        return true;
    case SQLITE_DONE:
        return false;
    default:
        database_.fail(result, sqlite3_sql(statement_));
    }
}

Value Execution::value(int index) const
{
    switch (sqlite3_column_type(statement_, index)) {
    case SQLITE_INTEGER:
        return std::int64_t{sqlite3_column_int64(statement_, index)};
    case SQLITE_FLOAT:
        return sqlite3_column_double(statement_, index);
    case SQLITE_TEXT: {
        const void* data = sqlite3_column_text(statement_, index);
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, index));
        return std::string_view{static_cast<const char*>(never_null(data)), size};
    }
    case SQLITE_BLOB: {
        const void* data = sqlite3_column_blob(statement_, index);
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, index));
        return Blob{static_cast<const std::byte*>(never_null(data)), size};
    }
    default:
        return Null{};
    }
}

void Execution::expect_columns(std::size_t count) const
{
    if (static_cast<std::size_t>(sqlite3_column_count(statement_)) != count) {
        throw Error{Errc::internal,
                    fmt::format("{} columns wanted from: {}", count, sqlite3_sql(statement_))};
    }
}

void Execution::refuse_column(int index) const
{
    const auto refuse = [&](std::string_view what) {
        throw Error{Errc::corrupt,
                    fmt::format("database '{}': column '{}' {}", database_.file().string(),
                                sqlite3_column_name(statement_, index), what)};
    };
    try {
        throw;
    } catch (const ColumnMismatch& mismatch) {
        refuse(mismatch.what);
    } catch (const Error& error) {
        refuse(fmt::format("does not parse: {}", error.message()));
    }
    throw;
}

void throw_no_row(std::string_view sql)
{
    throw Error{Errc::internal, fmt::format("no row from: {}", sql)};
}

} // namespace strata::db
