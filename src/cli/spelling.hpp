// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace strata::cli {

/// Letters to insert, drop, change or swap with their neighbour to get from one word to the other.
std::size_t edit_distance(std::string_view from, std::string_view to);

/// The command that was probably meant by a name that is none; nothing if no name is close.
std::optional<std::string_view> closest_command(std::string_view typed);

} // namespace strata::cli
