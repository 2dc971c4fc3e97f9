// SPDX-License-Identifier: Apache-2.0
#include "sys/file_system.hpp"

#include "base/error.hpp"

#include <sys/statvfs.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace strata::sys {
namespace {

struct Known {
    std::uint32_t magic; // statfs(2)
    std::string_view name;
};

constexpr std::array kKnown{
    Known{0x61756673, "aufs"},      Known{0x9123683e, "btrfs"}, Known{0xca451a4e, "bcachefs"},
    Known{0xe0f5e1e2, "erofs"},     Known{0x0000ef53, "extfs"}, Known{0xf2f52010, "f2fs"},
    Known{0x65735546, "fuseblk"},   Known{0x0000517b, "smb"},   Known{0x00006969, "nfs"},
    Known{0x794c7630, "overlayfs"}, Known{0x858458f6, "ramfs"}, Known{0x52654973, "reiserfs"},
    Known{0x01021994, "tmpfs"},     Known{0x58465342, "xfs"},   Known{0x2fc12fc1, "zfs"},
};

} // namespace

std::string file_system_name(const Path& path)
{
    struct ::statfs status {};
    if (::statfs(path.c_str(), &status) != 0) {
        throw_errno("look at the file system of {}", path.native());
    }
    const auto found =
        std::ranges::find(kKnown, static_cast<std::uint32_t>(status.f_type), &Known::magic);
    return std::string{found != kKnown.end() ? found->name : "<unknown>"};
}

bool is_read_only(const Path& path)
{
    struct ::statvfs status {};
    if (::statvfs(path.c_str(), &status) != 0) {
        throw_errno("statvfs {}", path.native());
    }
    return (status.f_flag & ST_RDONLY) != 0;
}

} // namespace strata::sys
