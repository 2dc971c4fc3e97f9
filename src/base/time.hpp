// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace strata {

/// A point in time, UTC, to the nanosecond; from 1677 to 2262.
using Timestamp = std::chrono::sys_time<std::chrono::nanoseconds>;

/// "No time", as Go programs write it: the first second of year 1. Everything before 1677 becomes
/// this one, and it is printed as 0001-01-01T00:00:00Z.
inline constexpr Timestamp kZeroTime = Timestamp::min();

Timestamp now();

/// RFC 3339 with up to nine digits of a second's fraction, as strictly as Go reads it from JSON:
/// two digits for the hour, a capital T, Z or an offset of at most a day. Throws
/// Errc::invalid_argument.
Timestamp parse_rfc3339(std::string_view text);

/// "2024-05-01T12:00:00.123456789Z": no trailing zeros in the fraction, none at all for a whole
/// second. What Go calls RFC3339Nano, and what stands in configs and in `inspect`.
std::string format_rfc3339(Timestamp time);

/// "2024-05-01T12:00:00Z", the fraction cut off.
std::string format_rfc3339_seconds(Timestamp time);

/// How long, for people: "5 seconds", "About an hour", "3 weeks". What Docker's tables say.
std::string human_duration(std::chrono::nanoseconds duration);

/// What SOURCE_DATE_EPOCH says, if it is set: no time that we write may be later.
/// Throws Errc::invalid_argument when it is not a number of seconds.
std::optional<Timestamp> source_date_epoch();

} // namespace strata
