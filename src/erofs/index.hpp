// SPDX-License-Identifier: Apache-2.0
//
// The metadata of one layer, as an EROFS image over its tar: names, inodes, xattrs, and for every
// file the place in the tar where its bytes lie. docs/formats/layer-index.md describes what is on
// disk.
#pragma once

#include "io/tar_entry.hpp"
#include "io/tar_reader.hpp"
#include "sys/fd.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace strata::erofs {

struct IndexSummary {
    std::uint64_t inodes = 0;
    // Sum of the sizes of the files and of the symlinks' targets: what Docker calls a layer's size.
    std::uint64_t content_bytes = 0;
    std::uint64_t extra_bytes = 0; // the size of the `extra` device; 0 when no file needed it
};

/// Builds the index of a layer from its entries, in the order in which the tar has them.
///
/// Names are hostile: one is split at '/', and empty and '.' components are dropped, so that an
/// absolute name loses its slash. What cannot be is Errc::invalid_argument naming the entry: a '..'
/// component, an empty name, a NUL, a component over 255 bytes, a symlink without a target or with
/// one over 4095 bytes, a hard link to nowhere (its target must have come before, in this layer,
/// not through a symlink), to a directory, or to what it would take away (its own parent, or what
/// lies below its name), a character device 0:0 (it would be a whiteout), a root that is not a
/// directory, ids of -1, device numbers beyond 12 and 20 bits.
///
/// Later entries win. Two directories merge, and the later metadata counts; anything else replaces
/// what had the name, with all that was below. A parent that is not a directory is replaced by
/// one. A hard link's own owner, permissions and time apply to the file that it links, as when
/// Docker unpacks it. A symlink's permissions are always 0777, as on any Linux file system.
///
/// Whiteouts `.wh.x` become character devices 0:0, or if this layer has `x` itself, nothing; but a
/// directory `x` is opaque then, since what lower layers have under its name is gone.
/// `.wh..wh..opq` becomes trusted.overlay.opaque=y on its directory. Both whatever the order. Other
/// `.wh..wh.*`, which aufs left behind, are not visible, but hard links may refer to them.
///
/// Extended attributes of user.*, security.*, trusted.* and POSIX ACLs are kept; what Linux would
/// not store (other namespaces, user.* on a symlink) is dropped.
/// trusted.overlay.* is kept as data, never as an order to overlayfs (xattr_name.hpp).
///
/// Parents that no entry names are made (0755, root, 1970) and marked implied, so that fusing keeps
/// the lower layer's metadata for them.
///
/// Memory: about 100 bytes an entry and its name; never more than 64 MiB and 200 bytes an entry,
/// beyond which (names and attributes that are all long and all different, paths of nothing but
/// implied parents) it is Errc::exhausted. Not thread-safe.
class IndexBuilder {
public:
    IndexBuilder();
    ~IndexBuilder();

    /// Takes the current entry of `reader`; reads its data only if it must be copied to the `extra`
    /// device (sparse files).
    void add(const io::TarEntry& entry, io::TarReader& reader);

    /// The bytes of sparse files go here, with their holes: an empty file opened for writing.
    /// Without one, a sparse file is Errc::unsupported. The caller makes it durable if
    /// IndexSummary::extra_bytes says that it has any, and otherwise may remove it.
    void set_extra(sys::Fd extra);

    /// Writes the image to `index`, an empty file, with one device slot (`tar_tag`, of at most 64
    /// bytes, as its tag, `tar_bytes` its size) and a second one for `extra` if it has any bytes.
    /// Does not sync. Once only. The same entries give the same bytes.
    IndexSummary write(const sys::Fd& index, const std::string& tar_tag, std::uint64_t tar_bytes);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Convenience for whoever has a tar already: reads all of `tar` and writes its index.
IndexSummary write_index(io::Source& tar, const sys::Fd& index, sys::Fd extra,
                         const std::string& tar_tag, const io::TarLimits& limits = {});

} // namespace strata::erofs
