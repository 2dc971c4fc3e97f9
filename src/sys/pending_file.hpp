// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/fd.hpp"
#include "sys/file.hpp"

namespace strata::sys {

/// A file being written under a temporary name; it vanishes unless committed.
class PendingFile {
public:
    /// Creates a new file in `folder` under a random name, mode 0600.
    static PendingFile create(const Path& folder);

    PendingFile(PendingFile&& other) noexcept
        : file_{std::move(other.file_)}, path_{std::exchange(other.path_, {})}
    {
    }
    PendingFile& operator=(PendingFile&& other) noexcept
    {
        std::swap(file_, other.file_);
        std::swap(path_, other.path_);
        return *this;
    }
    ~PendingFile();

    const Fd& fd() const noexcept { return file_; }
    const Path& path() const noexcept { return path_; }

    /// chmod to `mode`, fdatasync, rename to `target` (replacing it), fsync of the target's folder.
    /// After it returns the file survives a crash.
    void commit(const Path& target, unsigned mode = 0644);

private:
    PendingFile(Fd file, Path path) : file_{std::move(file)}, path_{std::move(path)} {}
    Fd file_;
    Path path_;
};

} // namespace strata::sys
