// SPDX-License-Identifier: Apache-2.0
//
// A little room set aside, so that a disk that is full can be emptied again: SQLite needs some
// blocks to note that an image goes, and even to open the database.
#pragma once

#include "base/error.hpp"
#include "store/layout.hpp"

#include <utility>

namespace strata::store {

/// Gives the room back to the file system; false when there was none.
bool give_up_reserve(const Layout& layout);

/// Takes it again, once there is plenty. One stat when it is there. What goes wrong does not
/// matter.
void restore_reserve(const Layout& layout) noexcept;

/// Runs `body`, and once more with the reserve given up if the disk was full.
template <typename Body>
decltype(auto) with_reserve(const Layout& layout, Body&& body)
{
    try {
        return std::forward<Body>(body)();
    } catch (const Error& error) {
        if (error.code() != Errc::exhausted || !give_up_reserve(layout)) {
            throw;
        }
    }
    return std::forward<Body>(body)();
}

} // namespace strata::store
