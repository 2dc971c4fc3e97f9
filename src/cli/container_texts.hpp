// SPDX-License-Identifier: Apache-2.0
//
// Containers as tables show them.
#pragma once

#include "engine/containers.hpp"

#include <cstddef>
#include <string>

namespace strata::cli {

/// "Up 2 hours", "Exited (0) 3 days ago", "Created".
std::string status_text(const engine::Container& container);

enum class Truncate { no, yes };
/// In quotes, and no longer than a column is. Arguments with spaces have quotes of their own.
std::string command_text(const engine::Container& container, Truncate truncate);

/// "a=1,b=2"
std::string labels_text(const engine::Container& container);
/// What is mounted, by where it comes from; each no longer than a column is.
std::string mounts_text(const engine::Container& container, Truncate truncate);
std::string networks_text(const engine::Container& container);

std::size_t volume_count(const engine::Container& container);

} // namespace strata::cli
