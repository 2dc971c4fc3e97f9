// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.hpp"

#include <utility>

namespace strata::registry {

/// Clients hear that something is wrong with the upstream and not what it is called: what() says it
/// all, for the log, and message() is what they get.
template <typename Body>
decltype(auto) from_upstream(Body&& body)
{
    try {
        return std::forward<Body>(body)();
    } catch (const Error& error) {
        Error told =
            error.code() == Errc::denied
                ? Error{Errc::denied, "the registry that is mirrored here gives us no access"}
                : Error{Errc::unavailable,
                        "the registry that is mirrored here cannot be reached, or its answer is of "
                        "no use"};
        told.add_context(error.what());
        throw told;
    }
}

} // namespace strata::registry
