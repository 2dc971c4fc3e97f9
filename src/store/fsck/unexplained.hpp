// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "db/transaction.hpp"
#include "store/fsck/context.hpp"

#include <optional>

namespace strata::store::fsck_steps {

/// A folder whose names are digests of objects of one kind.
struct Folder {
    ObjectKind kind;
    Path path;
};

/// Holds the database's write lock, so that files neither come nor go. On a file system that nobody
/// can write to, nobody has to be kept from it.
class Standstill {
public:
    explicit Standstill(const Context& context);
    void commit();

private:
    std::optional<db::Transaction> transaction_;
};

/// Names in the folder for which the database has no row, nor a note that they are to go. They mean
/// that only while the standstill lasts.
std::vector<std::string> unexplained_names(const Standstill& standstill, const Context& context,
                                           const Folder& folder);

} // namespace strata::store::fsck_steps
