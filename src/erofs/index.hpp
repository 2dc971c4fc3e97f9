// SPDX-License-Identifier: Apache-2.0
//
// The metadata of one layer, as an EROFS image over its tar: names, inodes, xattrs, and for every file
// the place in the tar where its bytes lie. docs/formats/layer-index.md describes what is on disk.
#pragma once

#include "io/tar_entry.hpp"
#include "io/tar_reader.hpp"
#include "sys/fd.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace strata::erofs {

struct IndexSummary {
    std::uint64_t inodes = 0;
    std::uint64_t content_bytes = 0; // sum of the sizes of the regular files: what Docker calls a layer's size
    std::uint64_t extra_bytes = 0;   // written to the `extra` device; 0 when no file needed it
};

/// Builds the index of a layer from its entries, in the order in which the tar has them.
///
/// Hostile input: a name is split at '/' and '.' components are dropped; a '..' component, an empty name, a NUL or
/// a component over 255 bytes is Errc::invalid_argument naming the entry. An absolute name loses its slash. A parent
/// that is a symlink or a file of this same layer is replaced by a directory. Later entries win; two directories
/// merge and the later metadata counts. A hard link to nowhere, a character device 0:0, and a reserved
/// trusted.overlay.* xattr are refused. Whiteouts `.wh.x` become character devices 0:0 unless this layer has `x` itself;
/// `.wh..wh..opq` becomes trusted.overlay.opaque=y on its directory whatever the order; other `.wh..wh.*` are skipped.
/// Parents that no entry names are made (0755, root) and marked implied, so that fusing keeps the lower
/// layer's metadata for them.
///
/// Memory: at most 200 bytes an entry, names included. Not thread-safe.
class IndexBuilder {
public:
    IndexBuilder();
    ~IndexBuilder();

    /// Takes the current entry of `reader`; reads its data only if it must be copied to the `extra` device
    /// (sparse files, data that is not 512-aligned). `extra` may be an invalid Fd until extra_needed().
    void add(const io::TarEntry& entry, io::TarReader& reader);

    /// Bytes of sparse files go here: an empty file opened read-write, that the caller makes durable if
    /// IndexSummary::extra_bytes says that it has any.
    void set_extra(sys::Fd extra);

    /// Writes the image to `index` (an empty file opened read-write), with one device slot (`tar_tag` as its tag,
    /// `tar_bytes` its size) and a second one for `extra` if there is one. Does not sync.
    IndexSummary write(const sys::Fd& index, const std::string& tar_tag, std::uint64_t tar_bytes);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Convenience for whoever has a tar already: reads all of `tar` and writes its index.
IndexSummary write_index(io::Source& tar, const sys::Fd& index, sys::Fd extra, const std::string& tar_tag,
                         const io::TarLimits& limits = {});

} // namespace strata::erofs
