// SPDX-License-Identifier: Apache-2.0
#include "sys/fd.hpp"

#include "base/error.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace strata::sys {

void Fd::reset() noexcept
{
    if (number_ >= 0) {
        // Never retried: Linux has closed the descriptor even when it reports EINTR, and by then
        // the number may belong to another thread.
        ::close(std::exchange(number_, -1));
    }
}

Fd Fd::duplicate() const
{
    const int copy = ::fcntl(number_, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) {
        throw_errno("duplicate descriptor {}", number_);
    }
    return Fd{copy};
}

} // namespace strata::sys
