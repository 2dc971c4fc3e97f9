// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.hpp"

#include <stop_token>

namespace strata {

/// For the steps of something long. Throws Errc::cancelled.
inline void throw_if_stopped(const std::stop_token& stop)
{
    if (stop.stop_requested()) {
        throw Error{Errc::cancelled, "cancelled"};
    }
}

} // namespace strata
