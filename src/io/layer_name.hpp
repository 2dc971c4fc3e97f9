// SPDX-License-Identifier: Apache-2.0
//
// The names in a layer's tar, some of which say what is not there (OCI image specification,
// layer.md, "Whiteouts"). "" and "." as components, and so a leading slash, say nothing and are
// passed over, as tar(1) does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace strata::io {

inline constexpr std::string_view kWhiteoutPrefix = ".wh.";
inline constexpr std::string_view kHiddenPrefix = ".wh..wh."; // aufs kept its own files there
inline constexpr std::string_view kOpaqueMarker = ".wh..wh..opq";

enum class NameKind : std::uint8_t {
    entry,    // a file, a folder, a link…
    whiteout, // `.wh.x`: x is gone from the layers below
    opaque,   // `.wh..wh..opq`: what its folder has in the layers below is gone
    hidden,   // other `.wh..wh.*`: aufs's own, not to be seen, but hard links may refer to it
};

/// What one component of a name says. Throws Errc::invalid_argument for a whiteout of nothing.
NameKind kind_of(std::string_view component);

/// A name, cut before its last component. Both views lie in the name.
struct CutName {
    std::string_view parents; // not yet checked; may be empty
    std::string_view last;    // empty for the root
};

/// Throws Errc::invalid_argument for an empty name, a NUL, and a last component that no file can
/// have. Allocates nothing, as a layer has a million names.
CutName cut_name(std::string_view name);

/// Takes the first component off `rest`; empty at the end. Throws Errc::invalid_argument for ".."
/// and for one of over 255 bytes.
std::string_view take_component(std::string_view& rest);
std::vector<std::string> components_of(std::string_view name);

/// Whether `name` lies in the folder `folder`, or deeper. Throws as take_component() does.
bool is_below(std::string_view name, std::string_view folder);

/// A whole name at once.
struct LayerName {
    NameKind kind = NameKind::entry;
    /// Empty for the root. A whiteout's end with what is gone, an opaque marker's with its folder.
    std::vector<std::string> components;
};

/// Throws what the functions above throw, and Errc::invalid_argument for what lies below a
/// whiteout. A component `.wh..wh.*` anywhere makes the whole name hidden.
LayerName parse_layer_name(std::string_view name);

} // namespace strata::io
