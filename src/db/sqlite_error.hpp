// SPDX-License-Identifier: Apache-2.0
//
// SQLite's result codes, as errors of ours. Private to the module.
#pragma once

#include <filesystem>
#include <string_view>

struct sqlite3;

namespace strata::db {

/// Throws the Error for `result`, naming the database's file. `handle` may be null.
/// `doing` is the SQL that failed, or "open".
[[noreturn]] void throw_sqlite_error(int result, sqlite3* handle, const std::filesystem::path& file,
                                     std::string_view doing);

} // namespace strata::db
