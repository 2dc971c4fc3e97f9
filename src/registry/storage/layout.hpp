// SPDX-License-Identifier: Apache-2.0
//
// Where everything of a registry lies below its `rootdirectory`. Distribution's part, which we keep
// so that one can come from it and return:
//
//   docker/registry/v2/
//     blobs/<alg>/<xx>/<hex>/data                     xx: the first two digits
//     repositories/<name>/
//       _uploads/<id>/data, startedat                 RFC 3339
//       _layers/<alg>/<hex>/link                      "<alg>:<hex>": it may give this blob out
//       _manifests/
//         revisions/<alg>/<hex>/link                  a manifest; its bytes are a blob
//         tags/<tag>/
//           current/link                              what it names
//           index/<alg>/<hex>/link                    what it has ever named
//
// The links are read when a directory is taken in, and written by an export; what serves requests
// is the database. Our part, which Distribution does not look at:
//
//   strata/
//     registry.db (-wal, -shm)
//     reserve                                         room for a full disk (metadata/reserve.hpp)
//     locks                                           a byte for every digest (DigestLock)
//     tmp/                                            files on their way to their names
#pragma once

#include "oci/digest.hpp"

#include <filesystem>
#include <string_view>

namespace strata::registry {

class Layout {
public:
    using Path = std::filesystem::path;

    explicit Layout(Path root) : root_{std::move(root)} {}

    const Path& root() const noexcept { return root_; }
    Path blobs() const { return root_ / "docker/registry/v2/blobs"; }
    Path blob_folder(const oci::Digest& digest) const;
    Path blob(const oci::Digest& digest) const { return blob_folder(digest) / "data"; }

    Path repositories() const { return root_ / "docker/registry/v2/repositories"; }
    Path repository(std::string_view name) const { return repositories() / name; }
    Path uploads(std::string_view name) const { return repository(name) / "_uploads"; }
    /// Throws Errc::invalid_argument for an id that is no name of a folder.
    Path upload(std::string_view name, std::string_view id) const;
    Path layers(std::string_view name) const { return repository(name) / "_layers"; }
    Path revisions(std::string_view name) const
    {
        return repository(name) / "_manifests/revisions";
    }
    Path tags(std::string_view name) const { return repository(name) / "_manifests/tags"; }

    Path locks() const { return root_ / "strata/locks"; }
    Path tmp() const { return root_ / "strata/tmp"; }

    /// "<alg>/<hex>": what every link lies under.
    static Path link_folder(const oci::Digest& digest);

private:
    Path root_;
};

} // namespace strata::registry
