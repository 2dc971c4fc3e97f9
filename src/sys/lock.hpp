// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/fd.hpp"

namespace strata::sys {

enum class LockMode { shared, exclusive };

/// flock(2) on an open file or folder. It belongs to the open file, not to the process: it ends
/// when the last duplicate of the descriptor is closed, however the process ends. Locking again
/// changes the mode.
void lock(const Fd& file, LockMode mode);     // waits
bool try_lock(const Fd& file, LockMode mode); // false when somebody else's lock is in the way
void unlock(const Fd& file) noexcept;

} // namespace strata::sys
