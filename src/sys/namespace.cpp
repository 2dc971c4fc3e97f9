// SPDX-License-Identifier: Apache-2.0
#include "sys/namespace.hpp"

#include "base/error.hpp"
#include "sys/mount.hpp"
#include "sys/thread_apart.hpp"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <span>
#include <vector>

namespace strata::sys {
namespace {

/// `count` ids from `inside` on are those from `outside` on.
struct IdRange {
    std::uint32_t inside = 0;
    std::uint32_t outside = 0;
    std::uint32_t count = 1;
};

const char* name_of(Namespace kind)
{
    switch (kind) {
    case Namespace::mount:
        return "mnt";
    case Namespace::user:
        return "user";
    case Namespace::pid:
        return "pid";
    case Namespace::network:
        return "net";
    case Namespace::ipc:
        return "ipc";
    case Namespace::uts:
        return "uts";
    case Namespace::cgroup:
        return "cgroup";
    }
    return "";
}

void join_mount_namespace(const Fd& mount_namespace)
{
    if (::setns(mount_namespace.get(), CLONE_NEWNS) != 0) {
        throw_errno("enter a mount namespace");
    }
}

std::string map_text(std::span<const IdRange> ranges)
{
    std::string text;
    for (const IdRange& range : ranges) {
        text += fmt::format("{} {} {}\n", range.inside, range.outside, range.count);
    }
    return text;
}

void write_map(const std::string& file, std::span<const IdRange> ranges)
{
    in_context([&] { return "writing " + file; },
               [&] { write_all(open_file(file, O_WRONLY), map_text(ranges)); });
}

Fd create_on_cpu(std::optional<unsigned> cpu, const std::function<void()>& prepare)
{
    Fd made;
    on_thread_apart([&] {
        if (cpu) {
            cpu_set_t only;
            CPU_ZERO(&only);
            CPU_SET(*cpu, &only);
            ::sched_setaffinity(0, sizeof only, &only); // of this thread
        }
        if (::unshare(CLONE_NEWNS) != 0) {
            throw_errno("create a mount namespace");
        }
        set_propagation("/", Propagation::slave, Recursive::yes);
        if (prepare) {
            prepare();
        }
        made = open_namespace(Namespace::mount);
    });
    return made;
}

std::vector<unsigned> usable_cpus()
{
    cpu_set_t usable;
    CPU_ZERO(&usable);
    ::sched_getaffinity(0, sizeof usable, &usable);
    std::vector<unsigned> cpus;
    for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (CPU_ISSET(cpu, &usable)) {
            cpus.push_back(cpu);
        }
    }
    return cpus;
}

/// False if the kernel sees a loop.
bool try_pin(const Fd& mount_namespace, const Path& file)
{
    // Not with open_tree: the kernel clones no namespace into an anonymous one (before Linux 6.15).
    const std::string source = fmt::format("/proc/self/fd/{}", mount_namespace.get());
    if (::mount(source.c_str(), file.c_str(), nullptr, MS_BIND, nullptr) == 0) {
        return true;
    }
    if (errno == EINVAL) {
        return false;
    }
    throw_errno("pin a mount namespace at {}", file.native());
}

} // namespace

Fd open_namespace(Namespace kind, int pid)
{
    return open_file(pid == 0 ? fmt::format("/proc/thread-self/ns/{}", name_of(kind))
                              : fmt::format("/proc/{}/ns/{}", pid, name_of(kind)),
                     O_RDONLY);
}

bool same_namespace(const Fd& one, const Fd& other)
{
    const struct ::stat first = status_of(one);
    const struct ::stat second = status_of(other);
    return first.st_ino == second.st_ino && first.st_dev == second.st_dev;
}

Fd create_mount_namespace(const std::function<void()>& prepare)
{
    return create_on_cpu(std::nullopt, prepare);
}

Fd create_pinned_namespace(const Path& file, const std::function<void()>& prepare)
{
    Fd made = create_mount_namespace(prepare);
    if (try_pin(made, file)) {
        return made;
    }
    // The kernel takes only a namespace whose number is higher than that of ours, lest they hold
    // each other for ever. Since Linux 6.18 every processor numbers from a batch of its own, so
    // that a newer one can have the lower number. One made on the processor where ours was made
    // does not.
    for (const unsigned cpu : usable_cpus()) {
        made = create_on_cpu(cpu, prepare);
        if (try_pin(made, file)) {
            return made;
        }
    }
    throw_system_error(EINVAL, fmt::format("pin a mount namespace at {}", file.native()));
}

std::optional<Fd> find_pinned_namespace(const Path& file)
{
    std::optional<Fd> found = find_file(file, O_RDONLY);
    if (found && ::ioctl(found->get(), NS_GET_NSTYPE) != CLONE_NEWNS) {
        found.reset();
    }
    return found;
}

void unpin_namespace(const Path& file)
{
    unmount(file, Unmount::lazily);
}

void enter_mount_namespace(const Fd& mount_namespace)
{
    std::error_code ignored;
    const Path folder = std::filesystem::current_path(ignored);
    if (::setns(mount_namespace.get(), CLONE_NEWNS) != 0) {
        if (errno == EINVAL) {
            throw Error{Errc::conflict,
                        "a process of several threads cannot change its mount namespace"};
        }
        throw_errno("enter a mount namespace");
    }
    std::filesystem::current_path(folder, ignored);
}

void in_mount_namespace(const Fd& mount_namespace, const std::function<void()>& body)
{
    on_thread_apart([&] {
        join_mount_namespace(mount_namespace);
        body();
    });
}

void become_root_of_user_namespace()
{
    const std::array uids{IdRange{0, ::geteuid(), 1}};
    const std::array gids{IdRange{0, ::getegid(), 1}};
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
        throw_errno("create a user namespace");
    }
    write_map("/proc/self/uid_map", uids);
    write_all(open_file("/proc/self/setgroups", O_WRONLY), "deny");
    write_map("/proc/self/gid_map", gids);
    set_propagation("/", Propagation::private_, Recursive::yes);
}

} // namespace strata::sys
