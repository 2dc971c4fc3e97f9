// SPDX-License-Identifier: Apache-2.0
//
// Proving the store sound, and mending what can be mended.
#pragma once

#include "store/store.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace strata::store {

enum class Repair { no, yes };

struct Finding {
    std::string subject; // "layer sha256:…", "name docker.io/library/web:1.4"
    std::string problem; // "tar does not match its digest"
    bool repaired = false;
    std::vector<std::string> images; // what is lost with it, by name or id; empty when nothing is
};

struct FsckReport {
    std::uint64_t layers = 0, blobs = 0, images = 0, stacks = 0, bytes_hashed = 0;
    std::vector<Finding> findings;
    bool clean() const { return findings.empty(); }
};

/// Re-hashes every tar and blob, rebuilds every index and stack and compares them, checks every
/// reference in the database and that the folders hold nothing else. With Repair::yes rebuilds an
/// index or stack from its tar, a tar from its compressed blob, a row from its files, brings back
/// images that only the database has lost, and removes what is left over; what is lost stays named.
FsckReport fsck(Store& store, Repair repair,
                const std::function<void(const std::string& doing)>& progress = {});

} // namespace strata::store
