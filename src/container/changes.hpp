// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "container/upper_walk.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace strata::container {

/// The numbers are the Engine API's.
enum class ChangeKind : std::uint8_t { changed = 0, added = 1, deleted = 2 };

struct Change {
    ChangeKind kind{};
    std::string path{}; // "/etc/passwd"
    friend bool operator==(const Change&, const Change&) = default;
};

/// What `diff` shows: what a container added, changed and deleted, and before it each folder on the
/// way there, once. Parents first, siblings in the order of their bytes (Docker's order is random).
std::vector<Change> changes(const sys::Fd& upper, const erofs::Reader* base, UpperForm form);

} // namespace strata::container
