// SPDX-License-Identifier: Apache-2.0
#include "sys/node.hpp"

#include "base/error.hpp"
#include "sys/xattr.hpp"

#include <fcntl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>

namespace strata::sys {
namespace {

void check(const Node& node)
{
    const std::string& name = node.name;
    if (name.empty() || name == "." || name == ".." ||
        name.find_first_of(std::string_view{"/\0", 2}) != std::string::npos) {
        throw Error{Errc::invalid_argument, fmt::format("'{}' is not a name in a folder", name)};
    }
}

/// A path that leads to the node for calls that have no *at() form. It resolves through the open
/// folder itself, so nobody can bend it; the calls must not follow the last component.
Path through_proc(const Node& node)
{
    check(node);
    return fmt::format("/proc/self/fd/{}/{}", node.folder.get(), node.name);
}

/// A descriptor that only names the node.
Fd open_handle(const Node& node, int flags)
{
    check(node);
    return Fd{
        ::openat(node.folder.get(), node.name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC | flags)};
}

} // namespace

std::optional<struct ::stat> find_status(const Node& node)
{
    check(node);
    struct ::stat status {};
    if (::fstatat(node.folder.get(), node.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
        return status;
    }
    if (errno == ENOENT) {
        return std::nullopt;
    }
    throw_errno("look at {}", node.name);
}

std::optional<Fd> find_folder(const Node& node)
{
    Fd folder = open_handle(node, O_DIRECTORY);
    if (folder) {
        return folder;
    }
    if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) {
        return std::nullopt;
    }
    throw_errno("open folder {}", node.name);
}

Fd open_folder(const Node& node)
{
    std::optional<Fd> folder = find_folder(node);
    if (!folder) {
        throw Error{Errc::not_found, fmt::format("there is no folder {}", node.name)};
    }
    return std::move(*folder);
}

Fd open_file(const Node& node, int flags)
{
    check(node);
    Fd file{::openat(node.folder.get(), node.name.c_str(),
                     flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
    if (!file) {
        throw_errno("open {}", node.name);
    }
    return file;
}

std::string read_link(const Node& node)
{
    check(node);
    std::array<char, 4096> target{}; // PATH_MAX: no file system holds a longer one
    const ssize_t length =
        ::readlinkat(node.folder.get(), node.name.c_str(), target.data(), target.size());
    if (length < 0) {
        throw_errno("read the link {}", node.name);
    }
    return {target.data(), static_cast<std::size_t>(length)};
}

Fd create_file(const Node& node, unsigned mode)
{
    check(node);
    Fd file{::openat(node.folder.get(), node.name.c_str(),
                     O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
    if (!file) {
        throw_errno("create {}", node.name);
    }
    if (::fchmod(file.get(), mode) != 0) {
        throw_errno("set the mode of {}", node.name);
    }
    return file;
}

void create_folder(const Node& node, unsigned mode)
{
    check(node);
    if (::mkdirat(node.folder.get(), node.name.c_str(), 0700) != 0) {
        throw_errno("create folder {}", node.name);
    }
    set_mode(node, mode);
}

void create_symlink(const Node& node, const std::string& target)
{
    check(node);
    if (::symlinkat(target.c_str(), node.folder.get(), node.name.c_str()) != 0) {
        throw_errno("create symlink {}", node.name);
    }
}

void create_special(const Node& node, unsigned mode, unsigned device_major, unsigned device_minor)
{
    check(node);
    if (::mknodat(node.folder.get(), node.name.c_str(), mode & ~07777U,
                  ::makedev(device_major, device_minor)) != 0) {
        throw_errno("create device or fifo {}", node.name);
    }
    set_mode(node, mode & 07777U);
}

void create_hard_link(const Node& existing, const Node& node)
{
    check(existing);
    check(node);
    if (::linkat(existing.folder.get(), existing.name.c_str(), node.folder.get(), node.name.c_str(),
                 0) != 0) {
        throw_errno("link {} to {}", node.name, existing.name);
    }
}

void rename(const Node& from, const Node& to)
{
    check(from);
    check(to);
    if (::renameat(from.folder.get(), from.name.c_str(), to.folder.get(), to.name.c_str()) != 0) {
        throw_errno("rename {} to {}", from.name, to.name);
    }
}

void set_owner(const Node& node, std::uint32_t uid, std::uint32_t gid)
{
    check(node);
    if (::fchownat(node.folder.get(), node.name.c_str(), uid, gid, AT_SYMLINK_NOFOLLOW) != 0) {
        throw_errno("give {} to {}:{}", node.name, uid, gid);
    }
}

void set_mode(const Node& node, unsigned mode)
{
    // fchmodat cannot help following symlinks before Linux 6.6, so the node is pinned first.
    const Fd handle = open_handle(node, 0);
    if (!handle) {
        throw_errno("open {}", node.name);
    }
    if (S_ISLNK(status_of(handle).st_mode)) {
        return;
    }
    if (::chmod(fmt::format("/proc/self/fd/{}", handle.get()).c_str(), mode) != 0) {
        throw_errno("set the mode of {}", node.name);
    }
}

void set_mtime(const Node& node, std::int64_t seconds, std::uint32_t nanoseconds)
{
    check(node);
    const ::timespec time{seconds, nanoseconds};
    const std::array<::timespec, 2> times{time, time};
    if (::utimensat(node.folder.get(), node.name.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0) {
        throw_errno("set the time of {}", node.name);
    }
}

void set_xattr(const Node& node, const std::string& name, std::string_view value)
{
    in_context([&] { return node.name; }, [&] { set_xattr(through_proc(node), name, value); });
}

void remove_xattr(const Node& node, const std::string& name)
{
    remove_xattr(through_proc(node), name);
}

std::optional<std::string> find_xattr(const Node& node, const std::string& name)
{
    return find_xattr(through_proc(node), name);
}

std::vector<std::string> list_xattrs(const Node& node)
{
    return list_xattrs(through_proc(node));
}

} // namespace strata::sys
