// SPDX-License-Identifier: Apache-2.0
//
// PAX records: lines of "<length> <key>=<value>\n" that say what a ustar header cannot.
// POSIX.1-2017, pax, "pax Extended Header"; GNU tar manual, "Storing Sparse Files".
#pragma once

#include "io/tar_entry.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strata::io {

/// What the PAX records in front of one entry say. An absent or empty value leaves the header's.
struct PaxRecords {
    std::string path;
    std::string link_target;
    std::optional<std::uint64_t> size;
    std::optional<std::uint32_t> uid;
    std::optional<std::uint32_t> gid;
    std::optional<TarTime> mtime;
    std::vector<Xattr> xattrs; // sorted by name, each once

    struct Sparse {
        std::string major;
        std::string minor;
        std::string name;
        std::optional<std::uint64_t> real_size;
        std::vector<SparseExtent> map; // 0.0 and 0.1
        bool has_map = false;
        bool half_extent = false; // 0.0: an offset still waits for its length
    } sparse;

    /// Reads records over what is there already. Throws Errc::corrupt on records that lie about
    /// their length, hold a NUL where none may be, or are not the numbers they should be;
    /// Errc::exhausted past `max_extents`.
    void parse(std::string_view text, std::size_t max_extents);
    /// Forgets everything, but keeps the memory.
    void clear();
    bool empty() const noexcept { return empty_; }

private:
    void set(std::string_view key, std::string_view value, std::size_t max_extents);
    void set_sparse(std::string_view key, std::string_view value, std::size_t max_extents);
    bool empty_ = true;
};

/// Digits only, and no more than 63 bits. Throws Errc::corrupt naming `what`.
std::uint64_t parse_decimal(std::string_view text, std::string_view what);
/// A user or group id; -1 is none. Throws Errc::corrupt naming `what`.
std::uint32_t to_id(std::int64_t number, std::string_view what);

} // namespace strata::io
