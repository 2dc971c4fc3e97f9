// SPDX-License-Identifier: Apache-2.0
#include "db/sqlite_error.hpp"

#include "base/error.hpp"

#include <sqlite3.h>

#include <system_error>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>

namespace strata::db {
namespace {

Errc code_for_io(int error_number)
{
    switch (error_number) {
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
        return Errc::exhausted;
    case EACCES:
    case EPERM:
    case EROFS:
        return Errc::denied;
    case ENOENT:
    case ENOTDIR:
        return Errc::not_found;
    default:
        return Errc::corrupt; // what EIO is everywhere here: the bytes cannot be had
    }
}

Errc code_for(int result, int error_number)
{
    switch (result & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        return Errc::unavailable;
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
        return Errc::exhausted;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
        return Errc::corrupt;
    case SQLITE_CONSTRAINT:
        return result == SQLITE_CONSTRAINT_UNIQUE || result == SQLITE_CONSTRAINT_PRIMARYKEY ||
                       result == SQLITE_CONSTRAINT_ROWID
                   ? Errc::already_exists
                   : Errc::conflict;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return Errc::denied;
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
        return code_for_io(error_number);
    case SQLITE_INTERRUPT:
        return Errc::cancelled;
    default:
        return Errc::internal;
    }
}

std::string describe(int result, sqlite3* handle, int error_number)
{
    switch (result & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return "another process keeps it locked";
    case SQLITE_FULL:
        return "no space left on device";
    case SQLITE_CORRUPT:
        return "its contents are damaged";
    case SQLITE_NOTADB:
        return "it is not a database";
    case SQLITE_READONLY:
        return "it is read-only";
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
        return error_number != 0 ? std::strerror(error_number) : sqlite3_errstr(result);
    default:
        return handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(result);
    }
}

std::string hint_for(Errc code)
{
    switch (code) {
    case Errc::unavailable:
        return "Wait for the other strata command to finish, then try again.";
    case Errc::exhausted:
        return "Free some space on its file system, then try again.";
    default:
        return {};
    }
}

/// The index of the log, which the first that opens a database makes anew, unless it may not write
/// there. SQLite says "no such file" of the database then.
bool lacks_index(int result, const std::filesystem::path& file)
{
    std::error_code ignored;
    std::filesystem::path index{file};
    index += "-shm";
    return (result & 0xff) == SQLITE_CANTOPEN && std::filesystem::exists(file, ignored) &&
           !std::filesystem::exists(index, ignored);
}

} // namespace

void throw_sqlite_error(int result, sqlite3* handle, const std::filesystem::path& file,
                        std::string_view doing)
{
    const int error_number = handle != nullptr ? sqlite3_system_errno(handle) : 0;
    if (lacks_index(result, file)) {
        throw Error{Errc::denied,
                    fmt::format("database '{}': its index '{}-shm' is missing, and cannot be made",
                                file.string(), file.filename().string()),
                    "Use it once where its folder can be written: the index stays."};
    }
    const Errc code = code_for(result, error_number);
    std::string message =
        fmt::format("database '{}': {}", file.string(), describe(result, handle, error_number));
    if (code == Errc::internal) { // a bug of ours: the statement is what finds it
        message += fmt::format(" (in: {})", doing);
    }
    throw Error{code, std::move(message), hint_for(code)};
}

} // namespace strata::db
