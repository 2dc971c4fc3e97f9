// SPDX-License-Identifier: Apache-2.0
//
// One name in an open folder: the only safe way to touch what a stranger named. Nothing here
// follows a symlink, and no name may hold a slash, so there is nothing to escape through.
#pragma once

#include "sys/fd.hpp"
#include "sys/file.hpp"

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strata::sys {

/// `name` in `folder`; borrows both. Every function below throws Errc::invalid_argument if the name
/// is empty, "." or "..", or holds a slash or a NUL; and the Error that fits errno otherwise.
struct Node {
    const Fd& folder;
    const std::string& name;
};

std::optional<struct ::stat> find_status(const Node& node);
/// The folder of that name (O_PATH). A symlink, and anything else that is no folder, is
/// Errc::not_found.
Fd open_folder(const Node& node);
std::optional<Fd> find_folder(const Node& node);
/// Opens a file; a symlink is refused. Does not wait for the other end of a fifo.
Fd open_file(const Node& node, int flags);
std::string read_link(const Node& node);

/// Each throws Errc::already_exists if the name is taken. Modes are exact, whatever the umask,
/// owners the caller's.
Fd create_file(const Node& node, unsigned mode); // open for reading and writing
void create_folder(const Node& node, unsigned mode);
void create_symlink(const Node& node, const std::string& target);
/// `mode` with one of S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK. A 0:0 character device needs no
/// privilege since Linux 5.8; other devices do.
void create_special(const Node& node, unsigned mode, unsigned device_major = 0,
                    unsigned device_minor = 0);
/// `existing` may be anything but a folder, a symlink too.
void create_hard_link(const Node& existing, const Node& node);

/// Removes whatever has the name, a folder with all that it holds (see remove_tree). Absence is
/// fine.
void remove(const Node& node);
/// Replaces what has the new name, as rename(2) does.
void rename(const Node& from, const Node& to);

/// Owner first, then mode: a change of owner clears the setuid bits.
void set_owner(const Node& node, std::uint32_t uid, std::uint32_t gid);
void set_mode(const Node& node, unsigned mode); // a symlink has none: does nothing
void set_mtime(const Node& node, std::int64_t seconds, std::uint32_t nanoseconds); // atime as well
void set_xattr(const Node& node, const std::string& name, std::string_view value);
void remove_xattr(const Node& node, const std::string& name); // absence is fine
std::optional<std::string> find_xattr(const Node& node, const std::string& name);
std::vector<std::string> list_xattrs(const Node& node); // sorted

} // namespace strata::sys
