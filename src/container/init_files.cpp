// SPDX-License-Identifier: Apache-2.0
#include "container/init_files.hpp"

#include "base/error.hpp"
#include "sys/node.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>

namespace strata::container {
namespace {

constexpr unsigned kMode = 0755; // Docker's, for files too

// Parents first.
constexpr std::array<InitFile, 12> kInitFiles = {{
    {"dev", InitKind::folder},
    {"dev/pts", InitKind::folder},
    {"dev/shm", InitKind::folder},
    {"dev/console", InitKind::file},
    {"etc", InitKind::folder},
    {"etc/hostname", InitKind::file},
    {"etc/hosts", InitKind::file},
    {"etc/mtab", InitKind::symlink, "/proc/mounts"},
    {"etc/resolv.conf", InitKind::file},
    {"proc", InitKind::folder},
    {"sys", InitKind::folder},
    {".dockerenv", InitKind::file},
}};

/// The folder that `path` lies in, symlinks of the image resolved inside its root, and the last
/// part of the path.
struct Place {
    sys::Fd folder;
    std::string name;
};

Place place_of(const sys::Root& root, std::string_view path)
{
    const auto slash = path.rfind('/');
    const std::string_view parent = slash == std::string_view::npos ? "" : path.substr(0, slash);
    return {.folder = root.ensure_folder(parent),
            .name = std::string{slash == std::string_view::npos ? path : path.substr(slash + 1)}};
}

void make(const sys::Root& root, const InitFile& file)
{
    if (root.find_status(file.path, sys::FollowLast::no)) {
        return;
    }
    const Place place = place_of(root, file.path);
    const sys::Node node{place.folder, place.name};
    switch (file.kind) {
    case InitKind::folder:
        sys::create_folder(node, kMode);
        break;
    case InitKind::file:
        sys::create_file(node, kMode);
        break;
    case InitKind::symlink:
        sys::create_symlink(node, std::string{file.target});
        break;
    }
}

mode_t type_of(InitKind kind)
{
    switch (kind) {
    case InitKind::folder:
        return S_IFDIR;
    case InitKind::file:
        return S_IFREG;
    case InitKind::symlink:
        return S_IFLNK;
    }
    return 0;
}

} // namespace

std::span<const InitFile> init_files()
{
    return kInitFiles;
}

const InitFile* find_init_file(std::string_view path)
{
    const auto* const found = std::ranges::find(kInitFiles, path, &InitFile::path);
    return found == kInitFiles.end() ? nullptr : found;
}

void make_init_files(const sys::Root& root)
{
    for (const InitFile& file : kInitFiles) {
        try {
            make(root, file);
        } catch (const Error& error) {
            // An image where /etc is a file, or leads nowhere: whoever mounts there will say so, if
            // anybody does.
            if (error.code() != Errc::not_found && error.code() != Errc::already_exists) {
                throw;
            }
        }
    }
}

bool is_untouched(const InitFile& file, const struct ::stat& status)
{
    if ((status.st_mode & S_IFMT) != type_of(file.kind) || status.st_uid != 0 ||
        status.st_gid != 0) {
        return false;
    }
    switch (file.kind) {
    case InitKind::folder:
        return (status.st_mode & 07777) == kMode;
    case InitKind::file:
        return (status.st_mode & 07777) == kMode && status.st_size == 0;
    case InitKind::symlink:
        return status.st_size == static_cast<off_t>(file.target.size());
    }
    return false;
}

} // namespace strata::container
