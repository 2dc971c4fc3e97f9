// SPDX-License-Identifier: Apache-2.0
//
// A namespace can only be pinned on a mount that propagates nowhere, and a run root usually lies on
// one that does (systemd makes all of them shared). So <run root>/ns is bound onto itself, made
// private, and holds the pin.
//
// Inside, a small read-only tmpfs covers that folder. It holds one name, by which a process that is
// already inside knows it: there it could not see the pin, whose mount is younger than the
// namespace.
#include "store/mount_namespace.hpp"

#include "base/error.hpp"
#include "sys/host.hpp"
#include "sys/lock.hpp"
#include "sys/mount.hpp"
#include "sys/namespace.hpp"

#include <fcntl.h>

#include <optional>

namespace strata::store {
namespace {

constexpr const char* kInside = "inside";

bool is_inside(const Layout& layout)
{
    return sys::find_status(layout.namespace_folder() / kInside).has_value();
}

std::optional<sys::Fd> find_namespace(const Layout& layout)
{
    if (auto pinned = sys::find_pinned_namespace(layout.namespace_pin())) {
        return pinned;
    }
    if (is_inside(layout)) {
        return sys::open_namespace(sys::Namespace::mount);
    }
    return std::nullopt;
}

/// crun before 1.8.6 refuses to run where the v2 tree of a hybrid host owns controllers, whatever
/// it is told about cgroups. It looks at this very path, and is content with the v1 controllers
/// when there is something else. It then makes folders of a container's name there all the same:
/// in a tmpfs of ours, so that they do not pile up in the host's.
void hide_hybrid_cgroups()
{
    const Path unified = "/sys/fs/cgroup/unified";
    if (sys::find_status(unified / "cgroup.controllers")) {
        sys::unmount(unified, sys::Unmount::lazily);
        sys::DetachedMount::tmpfs("size=16m,mode=0755").attach(unified).release();
    }
}

void mark_inside(const Layout& layout)
{
    sys::DetachedMount mark = sys::DetachedMount::tmpfs("size=4k,mode=0700");
    sys::open_file(sys::Path{fmt::format("/proc/self/fd/{}", mark.fd().get())} / kInside,
                   O_WRONLY | O_CREAT, 0600);
    std::move(mark).read_only().attach(layout.namespace_folder()).release();
}

/// The folder that holds the pin, on a mount of its own that propagates nowhere.
void make_private(const Path& folder)
{
    sys::ensure_folders(folder, 0700);
    if (!sys::is_mount_point(folder)) {
        sys::DetachedMount::bind(folder).attach(folder).release();
    }
    // Attaching to a shared mount has made it shared; and a crash may have come in between before.
    sys::set_propagation(folder, sys::Propagation::private_);
}

/// Whoever enters a mount namespace gets its root, not his own.
[[noreturn]] void refuse_chroot()
{
    throw Error{Errc::unsupported, "layers cannot be mounted by who runs under chroot",
                "Run it outside, or in a mount namespace or container with a root of its own."};
}

void check_rights()
{
    if (!sys::has_capability(sys::Capability::sys_admin)) {
        throw Error{Errc::denied, "mounting layers needs CAP_SYS_ADMIN", "Run it as root."};
    }
    if (!sys::is_mount_point("/")) {
        refuse_chroot();
    }
}

} // namespace

sys::Fd ensure_mount_namespace(const Layout& layout)
{
    if (auto found = find_namespace(layout)) {
        return std::move(*found);
    }
    check_rights();
    sys::ensure_folders(layout.run_root);
    const sys::FileLock lock = sys::FileLock::acquire(layout.run_lock());
    if (auto found = find_namespace(layout)) { // somebody else was faster
        return std::move(*found);
    }
    return in_context(
        [&] { return fmt::format("making the mount namespace of {}", layout.run_root.native()); },
        [&] {
            make_private(layout.namespace_folder());
            sys::open_file(layout.namespace_pin(), O_WRONLY | O_CREAT, 0600);
            return sys::create_pinned_namespace(layout.namespace_pin(), [&] {
                hide_hybrid_cgroups();
                mark_inside(layout);
            });
        });
}

void enter_mount_namespace(const Layout& layout)
{
    if (is_inside(layout)) {
        return;
    }
    sys::enter_mount_namespace(ensure_mount_namespace(layout));
    if (!is_inside(layout)) {
        refuse_chroot();
    }
}

void drop_mount_namespace(const Layout& layout)
{
    if (!sys::find_status(layout.namespace_folder())) {
        return;
    }
    if (is_inside(layout)) {
        throw Error{Errc::conflict, "a mount namespace cannot be dropped from inside"};
    }
    const sys::FileLock lock = sys::FileLock::acquire(layout.run_lock());
    sys::unpin_namespace(layout.namespace_pin());
    sys::unmount(layout.namespace_folder(), sys::Unmount::lazily);
    sys::remove_tree(layout.namespace_folder());
}

} // namespace strata::store
