// SPDX-License-Identifier: Apache-2.0
//
// A data root, opened. Cheap: every command does it, and some should take five milliseconds
// altogether.
#pragma once

#include "store/layout.hpp"
#include "store/lease.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace strata::db {
class Database;
}

namespace strata::store {

class BlobStore;
class ImageStore;
class LayerDriver;
class LayerStore;
class Stacks;

struct StoreOptions {
    Layout layout;
    std::optional<std::string>
        driver; // "erofs", "overlay", "vfs"; none: the root's own, or probed for a new one
    StepHook before_step; // for tests
    /// Adds other modules' tables to the database of a new data root, so that whoever can only read
    /// it later finds them there.
    std::function<void(db::Database&)> add_tables{};
};

struct Collected {
    std::uint64_t layers = 0, blobs = 0, stacks = 0, leases = 0;
    std::uint64_t bytes = 0; // freed on disk
};

/// One per process, one thread at a time, except where a member says otherwise.
class Store {
public:
    /// Opens the data root, made if it is new. Throws Errc::conflict, saying how to convert, when
    /// `driver` is not the one that the root was made with; Errc::unsupported when it cannot work
    /// here, saying what is missing.
    explicit Store(const StoreOptions& options);
    ~Store();

    const Layout& layout() const noexcept;
    db::Database& database() noexcept;
    BlobStore& blobs() noexcept;
    LayerStore& layers() noexcept;
    ImageStore& images() noexcept;
    LayerDriver& driver();
    Stacks& stacks() noexcept; // of the store's own parts; others go through layers()

    Lease lease(); // thread-safe

    /// For what makes room, such as removing an image: runs `body`, and when the disk is full
    /// (Errc::exhausted) once more, with a reserve given up that the data root keeps for that.
    /// collect() does so by itself.
    void with_reserve(const std::function<void()>& body);

    /// Deletes what nothing names and no living lease protects, and what dead processes left in
    /// tmp/. Safe at any time, beside any number of other processes. Cheap when there is nothing to
    /// do.
    Collected collect();

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Deletes a whole data root and run root: unmounts everything of the run root, then removes what
/// Layout names, and the two folders if nothing else is in them. Whoever calls has stopped the
/// containers. Throws Errc::conflict for a folder that is not a data root of ours. Absence is fine.
void reset(const Layout& layout);

} // namespace strata::store
