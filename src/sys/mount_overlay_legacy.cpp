// SPDX-License-Identifier: Apache-2.0
//
// mount(2) takes at most one page of options. Layers are therefore named by descriptor numbers,
// relative to /proc/self/fd: three or four bytes a layer, and no character that needs escaping. The
// working folder is a thread's own after unshare(CLONE_FS), so none of this shows elsewhere.
//
// mount(2) also attaches at once. The mount goes over the overlay's own work folder, where nobody
// looks (the topmost lower if it has none), is cloned into a detached one, and removed again. A
// crash between the two leaves it there, over an empty folder, until its namespace ends.
#include "sys/mount_overlay_legacy.hpp"

#include "base/error.hpp"
#include "sys/thread_apart.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

namespace strata::sys {
namespace {

constexpr std::size_t kMaxText = 4095;

std::string options_text(const OverlayDirs& dirs, std::vector<Fd>& opened)
{
    const auto number = [&](const Path& folder) {
        opened.push_back(open_file(folder, O_PATH | O_DIRECTORY));
        return std::to_string(opened.back().get());
    };
    std::string text = dirs.xattrs == OverlayXattrs::user
                           ? "userxattr,metacopy=off,index=off,lowerdir="
                           : "redirect_dir=nofollow,metacopy=off,index=off,lowerdir=";
    for (const Path& layer : dirs.lower) {
        text += number(layer) + ":";
    }
    text.pop_back();
    if (!dirs.upper.empty()) {
        text += ",upperdir=" + number(dirs.upper) + ",workdir=" + number(dirs.work);
    }
    if (text.size() > kMaxText) {
        throw Error{Errc::exhausted,
                    fmt::format("{} layers are more than this kernel's overlayfs takes",
                                dirs.lower.size())};
    }
    return text;
}

Fd mount_and_clone(const OverlayDirs& dirs)
{
    const Path target = dirs.upper.empty() ? dirs.lower.front() : dirs.work;
    std::vector<Fd> opened;
    const std::string options = options_text(dirs, opened);
    const Fd target_fd = open_file(target, O_PATH | O_DIRECTORY);
    if (::chdir("/proc/self/fd") != 0) {
        throw_errno("enter /proc/self/fd");
    }
    if (::mount("overlay", std::to_string(target_fd.get()).c_str(), "overlay", 0,
                options.c_str()) != 0) {
        throw_errno("mount overlay of {} layers", dirs.lower.size());
    }
    Fd tree{::open_tree(AT_FDCWD, target.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)};
    const int saved = errno;
    ::umount2(target.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW);
    if (!tree) {
        throw_system_error(saved, "clone an overlay mount");
    }
    return tree;
}

} // namespace

Fd mount_overlay_legacy(const OverlayDirs& dirs)
{
    OverlayDirs absolute = dirs; // the thread's working folder will be another
    for (Path& layer : absolute.lower) {
        layer = std::filesystem::absolute(layer);
    }
    if (!absolute.upper.empty()) {
        absolute.upper = std::filesystem::absolute(absolute.upper);
        absolute.work = std::filesystem::absolute(absolute.work);
    }
    Fd tree;
    on_thread_apart([&] { tree = mount_and_clone(absolute); });
    return tree;
}

} // namespace strata::sys
