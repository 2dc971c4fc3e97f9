// SPDX-License-Identifier: Apache-2.0
#include "sys/mount.hpp"

#include "base/error.hpp"
#include "sys/fs_context.hpp"
#include "sys/mount_overlay_legacy.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace strata::sys {
namespace {

/// Whether overlayfs takes one layer after the other ("lowerdir+", Linux 6.7). Before 6.5 it had no
/// context of its own, and the kernel's stand-in collects any word without looking at it.
bool takes_layers_one_by_one()
{
    static const bool answer = [] {
        FsContext context{"overlay"};
        return !context.try_set("strata-probe", "x") && context.try_set("lowerdir+", "/");
    }();
    return answer;
}

void check(const OverlayDirs& dirs)
{
    if (dirs.lower.empty()) {
        throw Error{Errc::invalid_argument, "an overlay needs at least one lower folder"};
    }
    if (dirs.lower.size() > kMaxOverlayLowers) {
        throw Error{Errc::exhausted, fmt::format("overlayfs takes at most {} layers, this has {}",
                                                 kMaxOverlayLowers, dirs.lower.size())};
    }
}

Fd clone_tree(int folder, const char* path, unsigned flags, Recursive recursive)
{
    flags |= OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
    if (recursive == Recursive::yes) {
        flags |= AT_RECURSIVE;
    }
    Fd tree{::open_tree(folder, path, flags)};
    if (!tree) {
        throw_errno("bind {}", *path == '\0' ? "an open folder" : path);
    }
    return tree;
}

std::uint64_t flag_of(Propagation propagation)
{
    switch (propagation) {
    case Propagation::shared:
        return MS_SHARED;
    case Propagation::slave:
        return MS_SLAVE;
    case Propagation::private_:
        return MS_PRIVATE;
    }
    return MS_PRIVATE;
}

} // namespace

Mount::~Mount()
{
    if (!target_.empty()) {
        ::umount2(target_.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW);
    }
}

void Mount::unmount()
{
    sys::unmount(target_);
    target_.clear();
}

DetachedMount DetachedMount::overlay(const OverlayDirs& dirs)
{
    check(dirs);
    if (!takes_layers_one_by_one()) {
        return DetachedMount{mount_overlay_legacy(dirs)};
    }
    std::vector<Fd> opened; // until create()
    const auto name = [&](const Path& folder) {
        opened.push_back(open_file(folder, O_PATH | O_DIRECTORY));
        return parameter_for(folder, opened.back());
    };
    FsContext context{"overlay"};
    context.set("source", "strata");
    if (dirs.xattrs == OverlayXattrs::user) {
        context.set_flag("userxattr"); // implies redirect_dir=nofollow, and refuses to be told so
    } else {
        context.set("redirect_dir", "nofollow");
    }
    context.set("metacopy", "off");
    context.set("index", "off");
    for (const Path& layer : dirs.lower) {
        context.set("lowerdir+", name(layer));
    }
    if (!dirs.upper.empty()) {
        context.set("upperdir", name(dirs.upper));
        context.set("workdir", name(dirs.work));
    }
    context.create();
    return DetachedMount{context.mount()};
}

DetachedMount DetachedMount::erofs(const Fd& image, std::span<const Path> devices)
{
    FsContext context{"erofs"};
    context.set_flag("ro");
    context.set("source", fmt::format("/proc/self/fd/{}", image.get()));
    std::vector<Fd> opened;
    for (const Path& device : devices) {
        opened.push_back(open_file(device, O_RDONLY));
        context.set("device", parameter_for(device, opened.back()));
    }
    context.create();
    return DetachedMount{context.mount()};
}

DetachedMount DetachedMount::bind(const Path& source, Recursive recursive)
{
    return DetachedMount{clone_tree(AT_FDCWD, source.c_str(), 0, recursive)};
}

DetachedMount DetachedMount::bind(const Fd& source, Recursive recursive)
{
    return DetachedMount{clone_tree(source.get(), "", AT_EMPTY_PATH, recursive)};
}

DetachedMount DetachedMount::tmpfs(std::string_view options)
{
    FsContext context{"tmpfs"};
    while (!options.empty()) {
        const std::string_view option = options.substr(0, options.find(','));
        options.remove_prefix(std::min(options.size(), option.size() + 1));
        const std::size_t equals = option.find('=');
        const std::string key{option.substr(0, equals)};
        if (equals == std::string_view::npos) {
            context.set_flag(key.c_str());
        } else {
            context.set(key.c_str(), std::string{option.substr(equals + 1)});
        }
    }
    context.create();
    return DetachedMount{context.mount()};
}

void DetachedMount::change(std::uint64_t attributes, std::uint64_t propagation)
{
    ::mount_attr change{};
    change.attr_set = attributes;
    change.propagation = propagation;
    if (::mount_setattr(tree_.get(), "", AT_EMPTY_PATH | AT_RECURSIVE, &change, sizeof change) !=
        0) {
        throw_errno("change a mount's attributes");
    }
}

DetachedMount&& DetachedMount::read_only() &&
{
    change(MOUNT_ATTR_RDONLY, 0);
    return std::move(*this);
}

DetachedMount&& DetachedMount::no_suid() &&
{
    change(MOUNT_ATTR_NOSUID, 0);
    return std::move(*this);
}

DetachedMount&& DetachedMount::no_dev() &&
{
    change(MOUNT_ATTR_NODEV, 0);
    return std::move(*this);
}

DetachedMount&& DetachedMount::no_exec() &&
{
    change(MOUNT_ATTR_NOEXEC, 0);
    return std::move(*this);
}

DetachedMount&& DetachedMount::private_propagation() &&
{
    change(0, MS_PRIVATE);
    return std::move(*this);
}

Mount DetachedMount::attach(const Path& target) &&
{
    if (::move_mount(tree_.get(), "", AT_FDCWD, target.c_str(), MOVE_MOUNT_F_EMPTY_PATH) != 0) {
        throw_errno("mount at {}", target.native());
    }
    tree_.reset(); // else it would keep the mount busy
    return Mount{target};
}

void unmount(const Path& target, Unmount when)
{
    const int flags = UMOUNT_NOFOLLOW | (when == Unmount::lazily ? MNT_DETACH : 0);
    if (::umount2(target.c_str(), flags) == 0) {
        return;
    }
    const int saved = errno; // EINVAL: not a mount point
    if (saved != EINVAL && saved != ENOENT && saved != ENOTDIR) {
        throw_system_error(saved, fmt::format("unmount {}", target.native()));
    }
}

bool is_mount_point(const Path& path)
{
    struct ::statx status {};
    if (::statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, 0, &status) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) {
            return false;
        }
        throw_errno("look at {}", path.native());
    }
    return (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

void set_propagation(const Path& target, Propagation propagation, Recursive recursive)
{
    ::mount_attr change{};
    change.propagation = flag_of(propagation);
    const unsigned flags = recursive == Recursive::yes ? AT_RECURSIVE : 0U;
    if (::mount_setattr(AT_FDCWD, target.c_str(), flags, &change, sizeof change) != 0) {
        throw_errno("change the propagation of {}", target.native());
    }
}

bool knows_file_system(std::string_view name)
{
    const std::string known = read_small_file("/proc/filesystems");
    return known.find(fmt::format("\t{}\n", name)) != std::string::npos;
}

} // namespace strata::sys
