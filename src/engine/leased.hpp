// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.hpp"
#include "store/lease.hpp"
#include "store/store.hpp"

namespace strata::engine {

/// Runs `body(lease)`, and afterwards collects what it has left without a name, also when it
/// throws: after a failure the store holds what it held before.
template <typename Body>
auto with_lease(store::Store& store, Body&& body)
{
    try {
        auto result = [&] {
            const store::Lease lease = store.lease();
            return body(lease);
        }();
        store.collect();
        return result;
    } catch (const Error&) {
        try {
            store.collect();
        } catch (
            const Error&) { // the first failure is the one to tell; the next command collects again
        }
        throw;
    }
}

} // namespace strata::engine
