// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oci/digest.hpp"

#include <optional>
#include <string>

namespace strata::container {
class ContainerStore;
}
namespace strata::db {
class Transaction;
}
namespace strata::store {
class Store;
}

namespace strata::engine {

/// The containers that an image is kept for: one that runs and one that does not, if there are any.
struct ImageUsers {
    std::optional<std::string> running; // its id
    std::optional<std::string> stopped;

    bool any() const { return running || stopped; }
    const std::string& first() const { return running ? *running : *stopped; }
};
ImageUsers users_of(store::Store& store, const container::ContainerStore& containers,
                    db::Transaction& transaction, const oci::ImageId& image);

} // namespace strata::engine
