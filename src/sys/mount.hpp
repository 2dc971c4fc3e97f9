// SPDX-License-Identifier: Apache-2.0
//
// Mounts, in two stages. A tree is first built detached, where nobody can see it and the kernel
// cleans it up whatever happens to us; only when complete does it appear in the file system.
//
// This is the file descriptor API (fsopen, fsmount, move_mount: Linux 5.2; mount_setattr: 5.12),
// because it takes any number of layers, passes no path through a page of text where commas and
// colons mean something, and says what was wrong. Only overlayfs before Linux 6.7 still gets its
// layers through mount(2), see mount_overlay_legacy.cpp.
#pragma once

#include "sys/fd.hpp"
#include "sys/file.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace strata::sys {

enum class Recursive { no, yes };

/// A mount that is visible at a path, and goes away with this object.
///
/// Move-only. Not safe to destroy in another mount namespace than the one that attached it.
class Mount {
public:
    Mount() = default;
    Mount(Mount&& other) noexcept : target_{std::exchange(other.target_, {})} {}
    Mount& operator=(Mount&& other) noexcept
    {
        std::swap(target_, other.target_);
        return *this;
    }

    /// Detaches lazily and ignores errors: a destructor has nobody to tell. Call unmount() first
    /// wherever a leftover mount would matter, such as before deleting the folder underneath.
    ~Mount();

    explicit operator bool() const noexcept { return !target_.empty(); }
    const Path& target() const noexcept { return target_; }

    /// Unmounts now. Throws Errc::conflict while something still uses the tree.
    void unmount();

    /// Leaves the mount in place for someone else to remove, typically the end of its namespace.
    Path release() && noexcept { return std::exchange(target_, {}); }

private:
    friend class DetachedMount;
    explicit Mount(Path target) noexcept : target_{std::move(target)} {}

    Path target_;
};

/// Whose attributes hold what overlayfs notes about its files: trusted.overlay.* needs
/// CAP_SYS_ADMIN on the machine; user.overlay.* (Linux 5.11) works in a user namespace.
enum class OverlayXattrs { trusted, user };

struct OverlayDirs {
    std::vector<Path> lower = {}; // topmost layer first, as overlayfs wants it; at least one
    Path upper = {};              // empty for a read-only view, which takes two lowers or more
    Path work = {};               // same file system as `upper`, and empty
    OverlayXattrs xattrs = OverlayXattrs::trusted;
};

/// What overlayfs takes at most (OVL_MAX_STACK).
inline constexpr std::size_t kMaxOverlayLowers = 500;

/// A file system tree that exists but is not attached anywhere.
///
/// Closing the descriptor dissolves it, so an exception between creating and attaching leaks
/// nothing, and neither does SIGKILL. Making one needs CAP_SYS_ADMIN in the user namespace that
/// owns the mount namespace (Errc::denied otherwise); what the kernel says about a failure is part
/// of the error's text.
class DetachedMount {
public:
    /// metacopy=off, redirect_dir=nofollow, index=off: what is copied up is complete, and nothing
    /// that a layer's author wrote into attributes redirects a name.
    static DetachedMount overlay(const OverlayDirs& dirs);

    /// An EROFS image in a plain file, its external devices being plain files too, in the order of
    /// the image's device table (Linux 6.12). Always read-only. Not possible in a user namespace.
    static DetachedMount erofs(const Fd& image, std::span<const Path> devices);

    static DetachedMount bind(const Path& source, Recursive recursive = Recursive::no);
    static DetachedMount bind(const Fd& source, Recursive recursive = Recursive::no);

    /// `options` as mount(8) takes them: "size=64m,mode=1777".
    static DetachedMount tmpfs(std::string_view options = {});

    // Each of these returns *this, so a mount reads as one sentence:
    //
    //     Mount root = DetachedMount::overlay(dirs).read_only().no_dev().attach(target);
    //
    DetachedMount&& read_only() &&;
    DetachedMount&& no_suid() &&;
    DetachedMount&& no_dev() &&;
    DetachedMount&& no_exec() &&;
    DetachedMount&& private_propagation() &&;

    /// The root of the tree, to look into it before it is attached.
    const Fd& fd() const noexcept { return tree_; }

    /// Makes the tree visible at `target`, an existing folder (or a file, for a bound file), in a
    /// single step.
    [[nodiscard]] Mount attach(const Path& target) &&;

private:
    explicit DetachedMount(Fd tree) noexcept : tree_{std::move(tree)} {}
    void change(std::uint64_t attributes, std::uint64_t propagation);

    Fd tree_;
};

enum class Unmount { now, lazily };

/// Undoes the topmost mount at `target`. Nothing mounted there, or nothing there at all, is fine.
/// Throws Errc::conflict when it is in use and is to go now.
void unmount(const Path& target, Unmount when = Unmount::now);

/// Whether something is mounted exactly at `path` (Linux 5.8), bind mounts included.
bool is_mount_point(const Path& path);

enum class Propagation { shared, slave, private_ };
/// Of the mount at `target`, and of those below it if recursive.
void set_propagation(const Path& target, Propagation propagation,
                     Recursive recursive = Recursive::no);

/// Whether the kernel knows the file system, built in or loaded: "erofs", "overlay".
bool knows_file_system(std::string_view name);

} // namespace strata::sys
