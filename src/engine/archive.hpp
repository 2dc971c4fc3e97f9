// SPDX-License-Identifier: Apache-2.0
//
// The members of an archive that somebody hands in, by name, whatever their order.
//
// An archive is a tar, so it can only be read front to back; and its manifest, which says what the
// members are, may come last. So every member is taken for what it looks like when it passes: what
// begins like a tar (compressed or not) is a layer and goes through the layer pipeline into the
// lease at once; what is small stays in memory; the rest is dropped. An archive that can be sought
// in (a plain file) is read as asked instead, and layers that are in the store already are not read
// at all.
#pragma once

#include "io/source.hpp"
#include "io/tar_entry.hpp"
#include "io/tar_reader.hpp"
#include "oci/digest.hpp"
#include "store/blob_store.hpp"
#include "store/layer_store.hpp"
#include "store/lease.hpp"
#include "sys/fd.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace strata::store {
class Store;
}

namespace strata::engine {

enum class KeepCompressed { no, yes };

/// A layer of the archive: in the lease, verified against nothing yet but itself; or in the store
/// since before.
struct ArchivedLayer {
    oci::DiffId diff_id;
    oci::Digest digest;                         // of the member's own bytes
    std::uint64_t bytes = 0;                    // of the member
    std::optional<store::PendingLayer> pending; // to publish
    bool is_compressed = false;
    bool blob_kept = false; // the member's own bytes are a blob under the lease
};

struct ArchiveOptions {
    KeepCompressed keep_compressed = KeepCompressed::yes;
    store::ReceiveOptions receive{};                          // of each layer
    std::uint64_t max_text_bytes = 4 << 20;                   // of one small member
    std::uint64_t max_total_text_bytes = 64 << 20;            // of all together
    std::uint64_t max_archive_bytes = std::uint64_t{1} << 40; // inflated
    std::function<void(std::uint64_t offset)> progress{};     // where in the archive we are
};

class Archive {
public:
    virtual ~Archive() = default;

    /// Whether there is a member of this name (a folder is none), links followed.
    virtual bool contains(std::string_view name) const = 0;
    /// The whole of a small member. Throws Errc::corrupt naming it when it is not there, or not
    /// small.
    virtual std::string text(std::string_view name) = 0;
    /// A layer; `expected` lets one be skipped that the store has. Throws Errc::corrupt naming the
    /// member when it is not there or not a layer. The reference is good as long as the archive.
    virtual ArchivedLayer& layer(std::string_view name,
                                 const std::optional<oci::DiffId>& expected) = 0;
};

/// Reads all of `source`, a tar. What it receives stays in `lease`, which must outlive the archive.
/// Throws Errc::corrupt, invalid_argument (names with ".."), exhausted, cancelled.
std::unique_ptr<Archive> read_archive(io::Source& source, store::Store& store,
                                      const store::Lease& lease, const ArchiveOptions& options);

/// Over a regular file that is a plain tar: reads the headers now, and members when they are asked
/// for.
std::unique_ptr<Archive> open_archive(sys::Fd file, store::Store& store, const store::Lease& lease,
                                      const ArchiveOptions& options);

/// Where a name of a member points: "./a//b" is "a/b". Throws Errc::invalid_argument when it has
/// "..".
std::string clean_member_name(std::string_view name);
/// Where a link in folder-less `name` points, inside the archive. Throws Errc::invalid_argument
/// when it leaves it.
std::string link_destination(std::string_view name, std::string_view target, io::EntryType type);

} // namespace strata::engine
