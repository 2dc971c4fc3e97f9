// SPDX-License-Identifier: Apache-2.0
//
// Extended attributes. Names carry their namespace: "security.capability", "user.comment".
#pragma once

#include "sys/fd.hpp"
#include "sys/file.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strata::sys {

/// `file` must be open for real, not with O_PATH; sys/node.hpp has the ways without opening.
/// A missing attribute, and a file system without any, is an ordinary answer.
std::optional<std::string> find_xattr(const Fd& file, const std::string& name);
std::vector<std::string> list_xattrs(const Fd& file); // sorted
/// Throws Errc::unsupported where the file system has none, Errc::denied without the right.
void set_xattr(const Fd& file, const std::string& name, std::string_view value);
void remove_xattr(const Fd& file, const std::string& name); // absence is fine

/// The same by path; a symlink at its end is not followed.
std::optional<std::string> find_xattr(const Path& path, const std::string& name);
std::vector<std::string> list_xattrs(const Path& path);
void set_xattr(const Path& path, const std::string& name, std::string_view value);
void remove_xattr(const Path& path, const std::string& name);

} // namespace strata::sys
