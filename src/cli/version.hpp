// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace strata::cli::version {

std::string_view number() noexcept;       // "0.1.0"
std::string_view commit() noexcept;       // "4f37ee8", or "unknown" outside a git checkout
std::int64_t commit_seconds() noexcept;   // when that commit was made; 0 outside a git checkout
std::string_view compiler() noexcept;     // "g++ 12.2.0"
std::string_view architecture() noexcept; // as images name it: "amd64"

} // namespace strata::cli::version
