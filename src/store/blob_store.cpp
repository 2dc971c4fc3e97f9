// SPDX-License-Identifier: Apache-2.0
#include "store/blob_store.hpp"

#include "base/error.hpp"
#include "db/transaction.hpp"
#include "io/broadcast.hpp"
#include "io/fd_stream.hpp"
#include "io/filters.hpp"
#include "store/layer_files.hpp"
#include "store/placement.hpp"
#include "store/records.hpp"
#include "store/write_back_sink.hpp"
#include "sys/file.hpp"

#include <fmt/format.h>

#include <fcntl.h>

namespace strata::store {
namespace {

struct Received {
    oci::Digest digest;
    std::uint64_t bytes = 0;
};

io::Hasher::Algorithm algorithm_for(const std::optional<oci::BlobDigest>& expected)
{
    return expected && expected->value.algorithm() == oci::HashAlgorithm::sha512
               ? io::Hasher::Algorithm::sha512
               : io::Hasher::Algorithm::sha256;
}

sys::Fd create(const Path& path)
{
    return sys::open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0400);
}

/// Hashes and writes at once, each on a thread of its own.
Received receive_into(const sys::Fd& file, io::Source& source, io::Hasher::Algorithm algorithm)
{
    io::HashingSink hash{algorithm};
    WriteBackSink sink{file};
    const std::uint64_t bytes =
        io::broadcast(source, {[&](io::Source& stream) { stream.write_to(hash); },
                               [&](io::Source& stream) { stream.write_to(sink); }});
    sys::sync_data(file);
    return {oci::Digest::from_bytes(hash.finish()), bytes};
}

} // namespace

BlobStore::BlobStore(const Layout& layout, db::Database& database)
    : layout_{layout}, database_{database}
{
}

Blob BlobStore::put(io::Source& source, const Lease& lease, std::optional<oci::BlobDigest> expected)
{
    const Path path = lease.new_name();
    lease.step("write blob");
    const Received received = [&] {
        const sys::Fd file = create(path);
        return receive_into(file, source, algorithm_for(expected));
    }();
    if (expected && received.digest != expected->value) {
        sys::remove_file(path);
        throw Error{
            Errc::corrupt,
            fmt::format("the blob does not match its digest: expected {}, got {} ({} bytes)",
                        expected->value, received.digest, received.bytes)};
    }
    publish(path, received.digest, received.bytes, lease);
    return {{received.digest}, received.bytes};
}

Blob BlobStore::put(std::string_view bytes, const Lease& lease)
{
    const Path path = lease.new_name();
    lease.step("write blob");
    {
        const sys::Fd file = create(path);
        sys::write_all(file, bytes);
        sys::sync_data(file);
    }
    const oci::Digest digest = oci::Digest::of(bytes);
    publish(path, digest, bytes.size(), lease);
    return {{digest}, bytes.size()};
}

void BlobStore::publish(const Path& file, const oci::Digest& digest, std::uint64_t bytes,
                        const Lease& lease)
{
    const Object object{ObjectKind::blob, digest};
    db::Transaction transaction{database_, db::Durability::full};
    Placements placements{layout_, lease};
    if (is_present(database_, object)) {
        sys::remove_file(file);
    } else {
        placements.add(transaction, object, file);
        placements.sync();
        insert_blob(transaction, digest, bytes);
    }
    protect(transaction, lease, object);
    lease.step("commit blob");
    transaction.commit();
    placements.settle();
}

std::optional<Blob> BlobStore::find(const oci::BlobDigest& digest) const
{
    const auto bytes = database_.query_optional<std::uint64_t>(
        "SELECT bytes FROM blob WHERE digest = ? AND damaged = 0", digest);
    return bytes ? std::optional{Blob{digest, *bytes}} : std::nullopt;
}

io::SourcePtr BlobStore::open(const oci::BlobDigest& digest) const
{
    if (auto file = sys::find_file(layout_.blob(digest), O_RDONLY)) {
        return std::make_unique<io::FdSource>(std::move(*file));
    }
    if (auto tar = find_tar(layout_.layer({digest.value}))) {
        return tar;
    }
    throw Error{Errc::not_found, fmt::format("no blob {}", digest.value)};
}

std::string BlobStore::read(const oci::BlobDigest& digest, std::uint64_t limit) const
{
    const io::SourcePtr source = open(digest);
    std::string bytes = io::read_all(*source, limit);
    io::Hasher hasher{algorithm_for(digest)};
    hasher.update(std::as_bytes(std::span{bytes}));
    if (const auto found = oci::Digest::from_bytes(hasher.finish()); found != digest.value) {
        throw Error{
            Errc::corrupt,
            fmt::format("blob {} has other bytes on disk: they are {}", digest.value, found),
            "Run 'strata system fsck' to see what else is damaged."};
    }
    return bytes;
}

std::vector<Blob> BlobStore::list() const
{
    std::vector<Blob> blobs;
    database_.for_each<oci::BlobDigest, std::uint64_t>(
        "SELECT digest, bytes FROM blob ORDER BY digest",
        [&](const oci::BlobDigest& digest, std::uint64_t bytes) {
            blobs.push_back({digest, bytes});
        });
    return blobs;
}

} // namespace strata::store
