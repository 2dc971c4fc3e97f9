// SPDX-License-Identifier: Apache-2.0
//
// A tree that is not ours: a container's root file system, a layer, a build context. The kernel
// resolves every path (openat2, Linux 5.6), so no string of ours is ever compared with "..".
#pragma once

#include "sys/fd.hpp"
#include "sys/file.hpp"

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace strata::sys {

/// How names are resolved below a root.
enum class Resolve {
    /// As if the process had chrooted there: symlinks are followed, and absolute ones and `..` stay
    /// inside. For trees as their owner sees them.
    in_root,
    /// No symlink at all, and no way out: either is Errc::invalid_argument. For trees that must be
    /// exactly the names that they claim, such as a layer being unpacked.
    beneath,
};

enum class FollowLast { no, yes };

/// An open folder, and names below it. Move-only; safe to share among threads.
///
/// Paths are relative to the root; a leading slash means the root itself, and "" and "." are it.
/// Magic links (/proc/…/fd) are never followed. Every function throws the Error that fits errno,
/// naming the path.
class Root {
public:
    static Root open(const Path& folder, Resolve resolve = Resolve::in_root);
    Root(Fd folder, Resolve resolve) noexcept : folder_{std::move(folder)}, resolve_{resolve} {}

    const Fd& fd() const noexcept { return folder_; }

    /// `flags` as open(2); close-on-exec and O_NOCTTY are added. A fifo is not waited for with
    /// O_NONBLOCK only.
    Fd open_file(std::string_view path, int flags, unsigned mode = 0) const;
    std::optional<Fd> find_file(std::string_view path, int flags) const;

    std::optional<struct ::stat> find_status(std::string_view path,
                                             FollowLast follow = FollowLast::yes) const;
    std::string read_link(std::string_view path) const;

    /// Throws Errc::exhausted beyond `limit` bytes, Errc::invalid_argument for what is not a
    /// regular file: a fifo or device that somebody planted is neither waited for nor read.
    std::string read_small_file(std::string_view path, std::uint64_t limit = 16 << 20) const;
    std::optional<std::string> find_small_file(std::string_view path,
                                               std::uint64_t limit = 16 << 20) const;

    /// The folder `path` (O_PATH), made if it is not there, with its parents: mode exactly `mode`,
    /// owned by the caller. A file in the way is Errc::not_found.
    Fd ensure_folder(std::string_view path, unsigned mode = 0755) const;

private:
    Fd try_open(std::string_view path, std::uint64_t flags, std::uint64_t mode) const;

    Fd folder_;
    Resolve resolve_;
};

} // namespace strata::sys
