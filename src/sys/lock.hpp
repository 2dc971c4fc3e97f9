// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/fd.hpp"
#include "sys/file.hpp"

#include <cstdint>
#include <optional>
#include <stop_token>

namespace strata::sys {

enum class LockMode { shared, exclusive };

/// flock(2) on an open file or folder. It belongs to the open file, not to the process: it ends
/// when the last duplicate of the descriptor is closed, however the process ends. Locking again
/// changes the mode.
void lock(const Fd& file, LockMode mode);     // waits
bool try_lock(const Fd& file, LockMode mode); // false when somebody else's lock is in the way
void unlock(const Fd& file) noexcept;

/// Waits for a lock on the byte at `position`, which need not exist: many locks in one file.
/// Belongs to the open file as flock(2) does, so whoever locks opens the file anew (F_OFD_SETLKW).
void lock_byte(const Fd& file, std::uint64_t position);

/// A flock(2) on a file that exists for the purpose. It goes with this object, or with the process,
/// however that ends; children do not inherit it, because the descriptor is close-on-exec.
///
/// Two locks of one process exclude each other as those of two processes do.
class FileLock {
public:
    /// Waits for the lock. The file is made (0600) if it is not there, and made again if its last
    /// holder removed it while we waited. Throws Errc::cancelled when `stop` is requested.
    static FileLock acquire(const Path& path, LockMode mode = LockMode::exclusive,
                            std::stop_token stop = {});

    /// Nothing if somebody else holds it.
    static std::optional<FileLock> try_acquire(const Path& path,
                                               LockMode mode = LockMode::exclusive);

    const Fd& fd() const noexcept { return file_; }
    /// Gives the locked descriptor away: the lock lives as long as it, and its duplicates.
    Fd release() && noexcept { return std::move(file_); }

private:
    explicit FileLock(Fd file) noexcept : file_{std::move(file)} {}
    Fd file_;
};

} // namespace strata::sys
