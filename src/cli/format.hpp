// SPDX-License-Identifier: Apache-2.0
//
// Numbers, times and texts as people read them, the way Docker has always shown them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace strata::cli {

/// "1.984MB": powers of 1000, four significant digits (`images` and `ps` show three).
std::string human_size(std::uint64_t bytes, int significant_digits = 4);
/// "1.5GiB": powers of 1024, four significant digits.
std::string human_memory(std::uint64_t bytes);

/// "Less than a second", "About an hour", "3 weeks".
std::string human_duration(std::chrono::nanoseconds duration);
/// human_duration() since then, and "ago". `now_ns` is for tests.
std::string time_ago(std::int64_t then_ns);
std::string time_ago(std::int64_t then_ns, std::int64_t now_ns);

/// "2026-11-20 23:49:05 +0000 UTC", in the zone of TZ: what `{{.CreatedAt}}` prints.
std::string local_time(std::int64_t seconds);
/// "2026-11-20T23:49:05Z"; with nanoseconds where there are any: what API documents hold.
std::string rfc3339(std::int64_t nanoseconds);

/// At most `columns` wide on a terminal; what was longer ends in "…".
std::string ellipsis(std::string_view text, std::size_t columns);
/// In double quotes, with Go's escapes.
std::string go_quoted(std::string_view text);
/// The first 12 digits of "sha256:…" or of a container's id.
std::string short_id(std::string_view id);

} // namespace strata::cli
