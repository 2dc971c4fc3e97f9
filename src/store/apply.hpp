// SPDX-License-Identifier: Apache-2.0
//
// Unpacking, for the drivers that need a layer as files.
#pragma once

#include "io/source.hpp"
#include "io/tar_reader.hpp"
#include "sys/file.hpp"

#include <cstdint>
#include <stop_token>

namespace strata::store {

/// How deletions recorded in a layer are written to disk.
enum class WhiteoutFormat : std::uint8_t {
    none,    // not at all: for a folder that nothing is stacked under
    overlay, // 0:0 character devices, trusted.overlay.opaque: for a folder that overlayfs stacks
    overlay_user, // the same with user.overlay.opaque: for overlayfs mounted with `userxattr`
};

/// Whether the caller may give files away, make devices and set every xattr.
enum class Ownership : std::uint8_t {
    archived, // exactly as the archive says; throws Errc::denied without the right
    caller,   // everything belongs to the caller; devices and privileged xattrs are left out
};

/// What the calling process can do: `archived` with CAP_CHOWN, CAP_MKNOD and CAP_SYS_ADMIN on the
/// machine.
Ownership ownership_of_this_process();

struct ApplyOptions {
    WhiteoutFormat whiteouts = WhiteoutFormat::overlay;
    Ownership ownership = Ownership::archived;
    io::TarLimits limits = {};
    std::stop_token stop = {};
};

/// Unpacks the uncompressed layer `tar` into the existing empty folder `folder`, reading it once to
/// its end.
///
/// The archive is hostile until proven otherwise. Each component of a name is opened from its
/// parent's descriptor and never through a symlink; one that is in the way is replaced by a folder,
/// as the fused index of the same layers has it. `..` is refused. Later entries win over earlier
/// ones. A whiteout hides what the layers below put there, never what this layer writes, whichever
/// order the two come in. Parents that no entry names are made: 0755, root, time 0. Folders get
/// their mode and time last, so that an unprivileged caller can fill a read-only one.
///
/// Memory: the folders' names and metadata.
/// Not atomic and not synced: when this throws, the folder is part-written and must be discarded.
///
/// Throws Errc::corrupt (not a tar, ends early), Errc::invalid_argument (a name or link that cannot
/// be), Errc::exhausted (a limit, the disk), Errc::cancelled.
void apply_layer(io::Source& tar, const sys::Path& folder, const ApplyOptions& options = {});

} // namespace strata::store
