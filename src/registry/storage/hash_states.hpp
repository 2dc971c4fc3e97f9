// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/guarded.hpp"
#include "io/hash.hpp"
#include "oci/digest.hpp"

#include <sys/stat.h>

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>

namespace strata::registry {

/// A hash of the first bytes of a file, to go on with.
struct HashState {
    io::Hasher hasher;
    oci::HashAlgorithm algorithm;
    struct ::stat file; // as it was then: nobody else may have touched it
};

/// What is known of uploads between two requests. Bounded: what falls out is hashed again from the
/// file in the end.
class HashStates {
public:
    void keep(const std::string& id, HashState state);
    std::optional<HashState> take(const std::string& id);

private:
    struct Table {
        std::list<std::pair<std::string, HashState>> oldest_first;
        std::unordered_map<std::string, decltype(oldest_first)::iterator> by_id;
    };
    Guarded<Table> table_;
};

} // namespace strata::registry
