// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string_view>

namespace strata {

/// "1h30m", "300ms", "-1.5s", "0": Go's durations, in which Docker's users write theirs.
/// Throws Errc::invalid_argument with Go's words.
std::chrono::nanoseconds parse_duration(std::string_view text);

} // namespace strata
