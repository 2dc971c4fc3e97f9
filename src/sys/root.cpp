// SPDX-License-Identifier: Apache-2.0
#include "sys/root.hpp"

#include "base/error.hpp"
#include "sys/node.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

namespace strata::sys {
namespace {

std::string_view without_leading_slashes(std::string_view path)
{
    const std::size_t start = path.find_first_not_of('/');
    return start == std::string_view::npos ? std::string_view{} : path.substr(start);
}

bool means_absent(int error_number)
{
    return error_number == ENOENT || error_number == ENOTDIR;
}

[[noreturn]] void throw_for(std::string_view path, const char* action)
{
    const int saved = errno;
    if (saved == EXDEV) {
        throw Error{Errc::invalid_argument, fmt::format("{} leads out of its tree", path)};
    }
    throw_system_error(saved, fmt::format("{} {}", action, path));
}

} // namespace

Root Root::open(const Path& folder, Resolve resolve)
{
    return Root{sys::open_file(folder, O_PATH | O_DIRECTORY), resolve};
}

Fd Root::try_open(std::string_view path, std::uint64_t flags, std::uint64_t mode) const
{
    if (path.find('\0') != std::string_view::npos) {
        throw Error{Errc::invalid_argument, "a path holds a NUL"};
    }
    const std::string_view relative = without_leading_slashes(path);
    const std::string name{relative.empty() ? "." : relative};
    ::open_how how{};
    how.flags = flags | O_CLOEXEC | O_LARGEFILE | ((flags & O_PATH) != 0 ? 0 : O_NOCTTY);
    how.mode = (flags & O_CREAT) != 0 ? mode : 0;
    how.resolve =
        RESOLVE_NO_MAGICLINKS |
        (resolve_ == Resolve::in_root ? RESOLVE_IN_ROOT : RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
    for (;;) {
        const long fd = ::syscall(SYS_openat2, folder_.get(), name.c_str(), &how, sizeof how);
        // EAGAIN: a rename elsewhere raced with a `..`; the kernel wants to be asked again.
        if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) {
            return Fd{static_cast<int>(fd)};
        }
    }
}

Fd Root::open_file(std::string_view path, int flags, unsigned mode) const
{
    Fd file = try_open(path, static_cast<unsigned>(flags), mode);
    if (!file) {
        throw_for(path, "open");
    }
    return file;
}

std::optional<Fd> Root::find_file(std::string_view path, int flags) const
{
    Fd file = try_open(path, static_cast<unsigned>(flags), 0);
    if (file) {
        return file;
    }
    if (means_absent(errno)) {
        return std::nullopt;
    }
    throw_for(path, "open");
}

std::optional<struct ::stat> Root::find_status(std::string_view path, FollowLast follow) const
{
    const auto file = find_file(path, follow == FollowLast::yes ? O_PATH : O_PATH | O_NOFOLLOW);
    return file ? std::optional{status_of(*file)} : std::nullopt;
}

std::string Root::read_link(std::string_view path) const
{
    // readlinkat on the link's own descriptor with an empty name: no second resolution.
    const Fd link = open_file(path, O_PATH | O_NOFOLLOW);
    std::array<char, 4096> target{};
    const ssize_t length = ::readlinkat(link.get(), "", target.data(), target.size());
    if (length < 0) {
        throw_for(path, "read the link");
    }
    return {target.data(), static_cast<std::size_t>(length)};
}

std::optional<std::string> Root::find_small_file(std::string_view path, std::uint64_t limit) const
{
    const auto file = find_file(path, O_RDONLY | O_NONBLOCK);
    if (!file) {
        return std::nullopt;
    }
    if (!S_ISREG(status_of(*file).st_mode)) {
        throw Error{Errc::invalid_argument, fmt::format("{} is not a regular file", path)};
    }
    return in_context([&] { return fmt::format("reading {}", path); },
                      [&] { return sys::read_small_file(*file, limit); });
}

std::string Root::read_small_file(std::string_view path, std::uint64_t limit) const
{
    auto content = find_small_file(path, limit);
    if (!content) {
        throw Error{Errc::not_found, fmt::format("there is no file {}", path)};
    }
    return std::move(*content);
}

Fd Root::ensure_folder(std::string_view path, unsigned mode) const
{
    Fd found = try_open(path, O_PATH | O_DIRECTORY, 0);
    if (found || errno != ENOENT) {
        return found ? std::move(found) : open_file(path, O_PATH | O_DIRECTORY);
    }
    std::string_view clean = without_leading_slashes(path);
    clean = clean.substr(0, clean.find_last_not_of('/') + 1);
    const std::size_t slash = clean.rfind('/');
    const std::string_view above = slash == std::string_view::npos ? "" : clean.substr(0, slash);
    const std::string name{slash == std::string_view::npos ? clean : clean.substr(slash + 1)};

    const Fd parent = ensure_folder(above, mode);
    try {
        if (name != "." && name != "..") {
            create_folder({parent, name}, mode);
        }
    } catch (const Error& error) {
        if (error.code() != Errc::already_exists) { // else: just made, or a symlink to nowhere
            throw;
        }
    }
    return open_file(path, O_PATH | O_DIRECTORY);
}

} // namespace strata::sys
