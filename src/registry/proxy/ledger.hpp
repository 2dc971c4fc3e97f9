// SPDX-License-Identifier: Apache-2.0
//
// Which blobs are here only because somebody asked for them through us, and when last.
#pragma once

#include "base/guarded.hpp"
#include "base/time.hpp"
#include "db/database.hpp"
#include "oci/digest.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace strata::registry {

/// In `<root>/strata/proxy.db`. It may be lost: then what was cached before counts for nothing and
/// is not evicted. Safe to use from any thread.
class CacheLedger {
public:
    explicit CacheLedger(const std::string& root);

    struct Entry {
        std::string repository;
        oci::Digest digest;
        std::uint64_t size = 0;
    };
    /// `upstream` is its prefix.
    void add(std::string_view upstream, const Entry& entry);
    /// Remembered, and written with others by the next flush().
    void used(std::string_view repository, const oci::Digest& digest);
    void flush();

    std::uint64_t bytes(std::string_view upstream);
    /// Those that were not used for longest.
    std::vector<Entry> oldest(std::string_view upstream, std::size_t limit);
    /// Those that were not used since.
    std::vector<Entry> unused_since(std::string_view upstream, Timestamp time, std::size_t limit);
    void remove(const Entry& entry);

private:
    Guarded<std::unique_ptr<db::Database>> database_;
    Guarded<std::map<std::pair<std::string, std::string>, Timestamp>> used_;
};

} // namespace strata::registry
