// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oci/digest.hpp"
#include "store/layout.hpp"
#include "store/lease.hpp"
#include "sys/fd.hpp"

#include <cstdint>
#include <memory>
#include <span>

namespace strata::db {
class Database;
}

namespace strata::store {

/// The fused indexes of whole chains: a cache that is checked whenever it is used.
class Stacks {
public:
    Stacks(const Layout& layout, db::Database& database, std::shared_ptr<const StepHook> hook);

    /// What a chain's stack is called. The empty chain has one too: the digest of nothing.
    static oci::ChainId id_of(std::span<const oci::DiffId> chain);

    /// The stack's file, whole: built if it is not there or not what was built. Many may do so at
    /// once. The descriptor stays good even if the collector takes the file away. Throws
    /// Errc::not_found when a layer is not in the store.
    sys::Fd open(std::span<const oci::DiffId> chain) const;
    Path path_of(std::span<const oci::DiffId> chain) const;

    /// Writes the stack of a chain into an empty file opened read-write, and into nothing else.
    void write(std::span<const oci::DiffId> chain, const sys::Fd& stack) const;

private:
    sys::Fd build(std::span<const oci::DiffId> chain, const oci::ChainId& id) const;

    const Layout& layout_;
    db::Database& database_;
    std::shared_ptr<const StepHook> hook_;
};

struct StackSum {
    std::uint64_t bytes = 0;
    std::uint64_t checksum = 0;
    friend bool operator==(const StackSum&, const StackSum&) = default;
};
StackSum sum_of(const sys::Fd& file);

} // namespace strata::store
