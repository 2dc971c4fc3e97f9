// SPDX-License-Identifier: Apache-2.0
#include "sys/lock.hpp"

#include "base/error.hpp"

#include <sys/file.h>

#include <cerrno>

namespace strata::sys {
namespace {

int operation(LockMode mode)
{
    return mode == LockMode::shared ? LOCK_SH : LOCK_EX;
}

} // namespace

void lock(const Fd& file, LockMode mode)
{
    while (::flock(file.get(), operation(mode)) != 0) {
        if (errno != EINTR) {
            throw_errno("lock");
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
            throw_errno("lock");
        }
    }
    return true;
}

void unlock(const Fd& file) noexcept
{
    ::flock(file.get(), LOCK_UN);
}

} // namespace strata::sys
