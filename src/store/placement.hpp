// SPDX-License-Identifier: Apache-2.0
//
// The step in which files become part of the store: README.md, "Publication".
#pragma once

#include "store/layout.hpp"
#include "store/lease.hpp"
#include "store/object.hpp"

#include <vector>

namespace strata::db {
class Transaction;
}

namespace strata::store {

/// Files on their way from a lease's folder to their places, inside one transaction that inserts
/// their rows:
///
///     db::Transaction transaction{database};
///     Placements placements{layout, lease};
///     placements.add(transaction, object, file);   // complete and synced
///     placements.sync();
///     … insert the rows …
///     transaction.commit();
///     placements.settle();
///
/// Unless settled, they go back where they came from, while the transaction still holds the lock if
/// it is declared first.
class Placements {
public:
    Placements(const Layout& layout, const Lease& lease) : layout_{layout}, lease_{lease} {}
    Placements(const Placements&) = delete;
    Placements& operator=(const Placements&) = delete;
    ~Placements();

    /// Renames `from` (a file or folder in the lease's folder) to the object's place. The caller
    /// has seen, in this transaction, that the object has no row, or a damaged one; so whatever has
    /// that name is litter and moves away.
    void add(db::Transaction& transaction, const Object& object, const Path& from);
    /// Makes the new names durable. Not for stacks, which are only a cache.
    void sync() const;
    /// The rows are committed.
    void settle();

private:
    struct Placed {
        Object object;
        Path from;
        bool moved = false;
    };
    const Layout& layout_;
    const Lease& lease_;
    std::vector<Placed> placed_;
};

} // namespace strata::store
