// SPDX-License-Identifier: Apache-2.0
#include "sys/lock.hpp"

#include "base/error.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace strata::sys {
namespace {

using std::chrono::milliseconds;

int operation(LockMode mode)
{
    return mode == LockMode::shared ? LOCK_SH : LOCK_EX;
}

/// flock(2) cannot wait for two things at once, so a wait that can be cancelled asks again and
/// again: soon at first, since most locks are held for a moment, every 50 ms in the end.
void lock_unless_stopped(const Fd& file, LockMode mode, const std::stop_token& stop)
{
    std::mutex mutex;
    std::condition_variable_any stopped;
    milliseconds pause{1};
    while (!try_lock(file, mode)) {
        std::unique_lock lock{mutex};
        stopped.wait_for(lock, stop, pause, [] { return false; });
        if (stop.stop_requested()) {
            throw Error{Errc::cancelled, "waiting for a lock was cancelled"};
        }
        pause = std::min(pause * 2, milliseconds{50});
    }
}

/// Whether `path` still names the open `file`.
bool is_current(const Fd& file, const Path& path)
{
    const auto named = find_status(path);
    const struct ::stat open = status_of(file);
    return named && named->st_ino == open.st_ino && named->st_dev == open.st_dev;
}

Fd open_lock_file(const Path& path)
{
    return open_file(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
}

} // namespace

void lock(const Fd& file, LockMode mode)
{
    while (::flock(file.get(), operation(mode)) != 0) {
        if (errno != EINTR) {
            throw_errno("flock");
        }
    }
}

bool try_lock(const Fd& file, LockMode mode)
{
    while (::flock(file.get(), operation(mode) | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) {
            return false;
        }
        if (errno != EINTR) {
            throw_errno("flock");
        }
    }
    return true;
}

void unlock(const Fd& file) noexcept
{
    ::flock(file.get(), LOCK_UN);
}

void lock_byte(const Fd& file, std::uint64_t position)
{
    struct ::flock range {};
    range.l_type = F_WRLCK;
    range.l_whence = SEEK_SET;
    range.l_start = static_cast<off_t>(position);
    range.l_len = 1;
    while (::fcntl(file.get(), F_OFD_SETLKW, &range) != 0) {
        if (errno != EINTR) {
            throw_errno("lock a byte of a file");
        }
    }
}

FileLock FileLock::acquire(const Path& path, LockMode mode, std::stop_token stop)
{
    for (;;) {
        Fd file = open_lock_file(path);
        in_context([&] { return fmt::format("locking {}", path.native()); },
                   [&] {
                       stop.stop_possible() ? lock_unless_stopped(file, mode, stop)
                                            : lock(file, mode);
                   });
        if (is_current(file, path)) {
            return FileLock{std::move(file)};
        }
    }
}

std::optional<FileLock> FileLock::try_acquire(const Path& path, LockMode mode)
{
    for (;;) {
        Fd file = open_lock_file(path);
        if (!try_lock(file, mode)) {
            return std::nullopt;
        }
        if (is_current(file, path)) {
            return FileLock{std::move(file)};
        }
    }
}

} // namespace strata::sys
