// SPDX-License-Identifier: Apache-2.0
//
// Extended attributes between their names in archives and their entries in an image.
//
// An index lies below overlayfs, which takes its orders from trusted.overlay.*. What an archive
// brings under that name is therefore data, never an order: it is stored as
// trusted.overlay.overlay.*, the escape that overlayfs itself uses for nested overlays (Linux 6.7)
// and undoes for whoever reads through it. So an image of a container engine keeps its own layers
// intact, and no image can fake a mark of ours.
#pragma once

#include "io/tar_entry.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace strata::erofs {

/// Whether a file of this mode (with its type) can have an attribute of that name. setxattr(2)
/// refuses namespaces that Linux does not have (archives from other systems do), user.* on anything
/// but a file or a directory, an access control list on a symlink.
bool can_have_xattr(std::uint16_t mode, std::string_view name);

/// An attribute as an image stores it: entry, name, value, padded to 4 bytes. `mode` is that of its
/// file. Nothing if the file cannot have it. Throws Errc::invalid_argument for a name or a value
/// that no file can have.
std::optional<std::string> encode_xattr(const io::Xattr& xattr, std::uint16_t mode);

/// How many bytes of the encoded attribute at the start of `bytes` belong to it, or nothing if it
/// does not fit into them.
std::optional<std::size_t> encoded_xattr_bytes(std::string_view bytes);

/// The other way, with escapes undone. Nothing for the marks below and for unknown prefixes.
std::optional<io::Xattr> decode_xattr(std::string_view encoded);

/// trusted.overlay.opaque=y: this directory hides the same one in lower layers.
const std::string& opaque_mark();
/// trusted.overlay.strata.implied=y: no entry of the layer named this directory.
const std::string& implied_mark();

} // namespace strata::erofs
