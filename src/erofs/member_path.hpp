// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace strata::erofs {

constexpr std::string_view kWhiteoutPrefix = ".wh.";
constexpr std::string_view kHiddenPrefix = ".wh..wh."; // aufs kept its own files there
constexpr std::string_view kOpaqueName = ".wh..wh..opq";

/// A member's path, cut before its last component. Both views lie in the path.
struct MemberPath {
    std::string_view parents; // not yet checked; may be empty
    std::string_view name;    // empty for the root
};

/// Cuts what an archive has as a name, passing over "." and empty components at its end. Throws
/// Errc::invalid_argument for an empty name, a NUL, and a last component that no file can have.
MemberPath split_member_path(std::string_view path);

/// Takes the first component off `rest`, passing over "." and empty ones; empty at the end. Throws
/// Errc::invalid_argument for ".." and for one that is too long.
std::string_view take_component(std::string_view& rest);

} // namespace strata::erofs
