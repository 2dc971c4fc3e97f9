// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/fd.hpp"
#include "sys/file.hpp"

namespace strata::sys {

/// A file being written; it vanishes unless committed. It has no name until then where the file
/// system can do that (O_TMPFILE), so that not even kill -9 leaves one behind.
class PendingFile {
public:
    /// Creates a new file in `folder`, mode 0600.
    static PendingFile create(const Path& folder);

    PendingFile(PendingFile&& other) noexcept
        : file_{std::move(other.file_)}, name_{std::exchange(other.name_, {})}
    {
    }
    PendingFile& operator=(PendingFile&& other) noexcept
    {
        std::swap(file_, other.file_);
        std::swap(name_, other.name_);
        return *this;
    }
    ~PendingFile();

    const Fd& fd() const noexcept { return file_; }

    /// chmod to `mode`, fdatasync, rename to `target` (replacing it; in the same file system),
    /// fsync of the target's folder. After it returns the file survives a crash.
    void commit(const Path& target, unsigned mode = 0644);

private:
    PendingFile(Fd file, Path name) : file_{std::move(file)}, name_{std::move(name)} {}
    Fd file_;
    Path name_; // empty: it has none yet
};

} // namespace strata::sys
