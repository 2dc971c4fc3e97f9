// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/layout.hpp"
#include "sys/fd.hpp"

#include <atomic>
#include <string>

namespace strata::store {

/// Protects what an operation has made, or relies on, and nothing names yet.
///
/// A lease is a folder under tmp/ whose `lock` file its process holds with flock: it dies with the process, however that
/// ends, and whoever then gets the lock may delete the folder and the lease's rows. Files in the making lie in folder(),
/// so a crash leaves nothing anywhere else. Blobs and layers that are published under a lease are safe from the
/// collector until it ends, even before an image refers to them. Thread-safe.
class Lease {
public:
    Lease(Lease&&) noexcept;
    ~Lease(); // removes the folder and its rows' protection

    const std::string& id() const noexcept { return id_; }
    const Path& folder() const noexcept { return folder_; }
    /// A fresh empty folder inside folder().
    Path make_folder() const;

private:
    friend class Store;
    Lease(std::string id, Path folder, sys::Fd lock);
    std::string id_;
    Path folder_;
    sys::Fd lock_;
    mutable std::atomic<unsigned> next_{0};
};

} // namespace strata::store
