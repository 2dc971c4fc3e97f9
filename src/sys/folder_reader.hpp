// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/fd.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace strata::sys {

enum class FileType : std::uint8_t {
    unknown,
    file,
    folder,
    symlink,
    char_device,
    block_device,
    fifo,
    socket
};

/// One name in a folder. `type` is what the folder itself records; some file systems say unknown.
struct FolderEntry {
    std::string_view name; // valid until the next call of next()
    FileType type = FileType::unknown;
    std::uint64_t inode = 0;
};

/// Reads the names in a folder, without `.` and `..`, in the file system's own order.
class FolderReader {
public:
    /// Reads through a descriptor of its own, so `folder` stays usable and its position is shared
    /// with nobody. Throws Errc::not_found when `folder` is not a folder.
    explicit FolderReader(const Fd& folder);
    FolderReader(FolderReader&& other) noexcept : stream_{std::exchange(other.stream_, nullptr)} {}
    FolderReader& operator=(FolderReader&&) = delete;
    ~FolderReader();

    std::optional<FolderEntry> next();
    /// Starts over, and sees names that were added meanwhile.
    void rewind() noexcept;

private:
    void* stream_; // DIR*, kept out of the header
};

/// All names in a folder, sorted by bytes.
std::vector<std::string> sorted_names(const Fd& folder);

} // namespace strata::sys
