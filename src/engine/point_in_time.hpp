// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.hpp"

#include <string_view>

namespace strata::engine {

/// What users write for a point in time: how long before `now` ("10m"), seconds since 1970
/// ("1136073600.5"), RFC 3339, or a part of it from the left ("2006-01-02", "2006-01-02T15:04"), in
/// the zone of TZ unless it has one of its own. Throws Errc::invalid_argument.
Timestamp parse_point_in_time(std::string_view text, Timestamp now);

} // namespace strata::engine
