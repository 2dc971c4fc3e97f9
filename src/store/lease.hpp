// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/layout.hpp"
#include "sys/fd.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace strata::store {

struct Object;

/// Called before each step that changes the disk, with its name. For tests that stop right there.
using StepHook = std::function<void(std::string_view step)>;

/// Protects what an operation has made, or relies on, and nothing names yet.
///
/// A lease is a folder under tmp/ whose `lock` file its process holds with flock: it dies with the
/// process, however that ends, and whoever then gets the lock may delete the folder and the lease's
/// rows. Files in the making lie in folder(), so a crash leaves nothing anywhere else. Blobs and
/// layers that are published under a lease are safe from the collector until it ends, even before
/// an image refers to them. Thread-safe.
class Lease {
public:
    /// Store::lease() for everybody outside the store.
    static Lease create(const Layout& layout, std::shared_ptr<const StepHook> hook = {});

    Lease(Lease&& other) noexcept;
    ~Lease(); // removes the folder, and with it the protection

    const std::string& id() const noexcept { return id_; }
    const Path& folder() const noexcept { return folder_; }
    /// A fresh empty folder inside folder().
    Path make_folder() const;
    /// A name inside folder() that nothing has yet.
    Path new_name() const;

    // For the store itself.

    /// Notes, before it is done, that files may appear at the object's place; README.md,
    /// "Publication".
    void intend(const Object& object) const;
    void forget_intent(const Object& object) const;
    void step(std::string_view name) const;

private:
    Lease(std::string id, Path folder, sys::Fd lock, std::shared_ptr<const StepHook> hook);
    Path intents() const { return folder_ / "publishing"; }

    std::string id_;
    Path folder_;
    sys::Fd lock_;
    std::shared_ptr<const StepHook> hook_;
    mutable std::atomic<unsigned> next_{0};
};

} // namespace strata::store
