// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace strata::sys {

/// Fills `into` from the kernel's generator; waits only in the first seconds of a machine's life.
void fill_random(std::span<std::byte> into);

/// `bytes` random bytes as lowercase hex: 32 make a container's id.
std::string random_hex(std::size_t bytes);

} // namespace strata::sys
