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

/// Manifests, configs and compressed layers, verbatim, by digest. (An uncompressed layer is a blob too: open() finds its
/// tar when the digest is a diff id.)
class BlobStore {
public:
    BlobStore(const Layout& layout, db::Database& database);

    /// Stores all of `source`, verified while it is written, protected by `lease`. Throws Errc::corrupt when `expected` is
    /// another digest; nothing is stored then. When it returns the blob is synced and visible.
    Blob put(io::Source& source, const Lease& lease, std::optional<oci::BlobDigest> expected = {});
    Blob put(std::string_view bytes, const Lease& lease);

    std::optional<Blob> find(const oci::BlobDigest& digest) const;
    io::SourcePtr open(const oci::BlobDigest& digest) const; // throws Errc::not_found
    /// The whole of a small one, verified against its digest (throws Errc::corrupt).
    std::string read(const oci::BlobDigest& digest, std::uint64_t limit = 8 << 20) const;
    std::vector<Blob> list() const;

private:
    const Layout& layout_;
    db::Database& database_;
};

} // namespace strata::store
