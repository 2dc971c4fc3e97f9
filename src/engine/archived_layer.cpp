// SPDX-License-Identifier: Apache-2.0
#include "engine/archived_layer.hpp"

#include "base/error.hpp"
#include "io/broadcast.hpp"
#include "io/compression.hpp"
#include "io/filters.hpp"
#include "io/tar_header.hpp"
#include "store/blob_store.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace strata::engine {
namespace {

store::PendingLayer inflate_and_receive(io::Source& member, store::Store& store,
                                        const store::Lease& lease, const ArchiveOptions& options)
{
    constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();
    const io::Decompressed inflated =
        io::decompress_detected(std::make_unique<io::LimitedSource>(member, kAll));
    return store.layers().receive(*inflated.source, lease, options.receive);
}

/// A plain one: the layer's digest is its own.
ArchivedLayer receive_plain(io::Source& member, store::Store& store, const store::Lease& lease,
                            const ArchiveOptions& options)
{
    std::uint64_t bytes = 0;
    io::ObservedSource counted{member, [&](std::uint64_t total) { bytes = total; }};
    store::PendingLayer pending = inflate_and_receive(counted, store, lease, options);
    const oci::DiffId diff_id = pending.layer.diff_id;
    return {
        .diff_id = diff_id, .digest = diff_id.value, .bytes = bytes, .pending = std::move(pending)};
}

ArchivedLayer receive_compressed(io::Source& member, store::Store& store, const store::Lease& lease,
                                 const ArchiveOptions& options)
{
    io::HashingSource hashed{member};
    store::PendingLayer pending = inflate_and_receive(hashed, store, lease, options);
    const oci::DiffId diff_id = pending.layer.diff_id;
    return {.diff_id = diff_id,
            .digest = oci::Digest::from_bytes(hashed.finish()),
            .bytes = hashed.count(),
            .pending = std::move(pending),
            .is_compressed = true};
}

/// The layer and its compressed bytes, from one reading.
ArchivedLayer receive_and_keep(io::Source& member, store::Store& store, const store::Lease& lease,
                               const ArchiveOptions& options)
{
    std::optional<store::PendingLayer> pending;
    std::optional<store::Blob> blob;
    io::broadcast(
        member,
        {[&](io::Source& bytes) { pending = inflate_and_receive(bytes, store, lease, options); },
         // On this thread, because it uses the database.
         [&](io::Source& bytes) { blob = store.blobs().put(bytes, lease); }},
        io::ring_of(options.receive.pipeline_bytes), options.receive.stop);
    const oci::DiffId diff_id = pending->layer.diff_id;
    return {.diff_id = diff_id,
            .digest = blob->digest.value,
            .bytes = blob->bytes,
            .pending = std::move(pending),
            .is_compressed = true,
            .blob_kept = true};
}

} // namespace

HeadSource::HeadSource(io::Source& rest) : rest_{rest}
{
    size_ = io::read_full(rest_, bytes_);
}

std::size_t HeadSource::read(std::span<std::byte> into)
{
    if (taken_ == size_) {
        return rest_.read(into);
    }
    const std::size_t count = std::min(into.size(), size_ - taken_);
    std::memcpy(into.data(), bytes_.data() + taken_, count);
    taken_ += count;
    return count;
}

bool is_plain(std::span<const std::byte> head)
{
    return io::detect_compression(head) == io::Compression::none;
}

bool looks_like_layer(std::span<const std::byte> head)
{
    if (!is_plain(head)) {
        return true;
    }
    io::TarHeader header;
    if (head.size() < sizeof header) {
        return false;
    }
    std::memcpy(&header, head.data(), sizeof header);
    return io::is_zero_block(header) ||
           io::has_valid_checksum(header); // a layer without files is all zeros
}

ArchivedLayer receive_layer(io::Source& member, std::string_view name, store::Store& store,
                            const store::Lease& lease, const ArchiveOptions& options)
{
    HeadSource source{member};
    if (is_plain(source.head())) {
        return receive_plain(source, store, lease, options);
    }
    // Its own bytes matter only where names are digests, in an OCI layout.
    const bool keep =
        options.keep_compressed == KeepCompressed::yes && name.starts_with("blobs/sha256/");
    return keep ? receive_and_keep(source, store, lease, options)
                : receive_compressed(source, store, lease, options);
}

} // namespace strata::engine
