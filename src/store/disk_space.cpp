// SPDX-License-Identifier: Apache-2.0
#include "store/disk_space.hpp"

#include <system_error>

#include <filesystem>

namespace strata::store {
namespace {

std::uint64_t blocks_of(const sys::Path& path)
{
    const auto status = sys::find_status(path);
    return status ? static_cast<std::uint64_t>(status->st_blocks) * 512 : 0;
}

} // namespace

std::uint64_t disk_bytes_of(const sys::Path& path)
{
    std::uint64_t total = blocks_of(path);
    // Somebody may be deleting the very tree: what has gone meanwhile takes nothing.
    std::error_code gone;
    for (auto entry = std::filesystem::recursive_directory_iterator{path, gone};
         !gone && entry != std::filesystem::recursive_directory_iterator{}; entry.increment(gone)) {
        total += blocks_of(entry->path());
    }
    return total;
}

} // namespace strata::store
