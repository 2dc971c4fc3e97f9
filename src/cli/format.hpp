// SPDX-License-Identifier: Apache-2.0
//
// Times and texts as Docker's tables show them; sizes and durations are in base/size.hpp and
// base/time.hpp.
#pragma once

#include "base/time.hpp"

#include <string>
#include <string_view>

namespace strata::cli {

/// "3 weeks ago". `now` is for tests.
std::string time_ago(Timestamp then, Timestamp now = strata::now());

/// "2026-11-20 23:49:05 +0000 UTC", to the second, in the zone of TZ: what `{{.CreatedAt}}` prints.
std::string local_time(Timestamp time);

/// At most `columns` wide on a terminal; what was longer ends in "…".
std::string ellipsis(std::string_view text, std::size_t columns);

/// "f5a493bf885f" of "sha256:f5a493bf885f…", and of an id without an algorithm.
std::string short_digest(std::string_view digest);

} // namespace strata::cli
