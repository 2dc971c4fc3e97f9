// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace strata::sys {

/// Starts a thread that nobody joins, with a stack of its own size, which std::thread cannot give.
/// `name` is what ps and gdb show, 15 characters at most. What `body` throws ends the process.
/// Throws Errc::exhausted when the system has no thread left.
void start_thread(std::string name, std::size_t stack_bytes, std::function<void()> body);

} // namespace strata::sys
