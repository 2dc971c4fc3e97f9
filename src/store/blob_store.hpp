// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/source.hpp"
#include "oci/digest.hpp"
#include "store/layout.hpp"
#include "store/lease.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace strata::db {
class Database;
}

namespace strata::store {

struct Blob {
    oci::BlobDigest digest;
    std::uint64_t bytes = 0;
};

/// Manifests, configs and compressed layers, verbatim, by digest. (An uncompressed layer is a blob
/// too: open() finds its tar when the digest is a diff id.)
class BlobStore {
public:
    BlobStore(const Layout& layout, db::Database& database);

    /// Stores all of `source`, verified while it is written, protected by `lease`. Throws
    /// Errc::corrupt when `expected` is another digest; nothing is stored then. When it returns the
    /// blob is synced and visible.
    Blob put(io::Source& source, const Lease& lease, std::optional<oci::BlobDigest> expected = {});
    Blob put(std::string_view bytes, const Lease& lease);

    std::optional<Blob> find(const oci::BlobDigest& digest) const;
    /// The bytes as they lie there: they were verified when they came. Throws Errc::not_found.
    /// Thread-safe.
    io::SourcePtr open(const oci::BlobDigest& digest) const;
    /// The whole of a small one, verified against its digest (throws Errc::corrupt).
    std::string read(const oci::BlobDigest& digest, std::uint64_t limit = 8 << 20) const;
    std::vector<Blob> list() const;

private:
    void publish(const Path& file, const oci::Digest& digest, std::uint64_t bytes,
                 const Lease& lease);

    const Layout& layout_;
    db::Database& database_;
};

} // namespace strata::store
