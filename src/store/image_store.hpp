// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oci/digest.hpp"
#include "oci/reference.hpp"
#include "store/lease.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strata::db {
class Database;
class Transaction;
} // namespace strata::db

namespace strata::store {

/// What the database knows of an image without reading its config.
struct Image {
    oci::ImageId id;
    std::optional<oci::ImageId>
        parent;                      // set by commit and build, and by load when it is known here
    std::int64_t created_ns = 0;     // from the config; 0 when it says nothing
    std::uint64_t size = 0;          // sum of its layers' content bytes
    std::vector<oci::DiffId> layers; // lowest first
    std::vector<oci::Reference>
        references; // names with a tag, or with a digest from a registry; sorted; empty: dangling
    std::optional<oci::BlobDigest> manifest; // the manifest that it came with, when it did
    std::vector<std::pair<std::string, std::string>> labels;
};

struct NewImage {
    std::string config; // exact bytes; their sha256 is the image id
    std::optional<oci::ImageId> parent;
    std::optional<std::string> manifest; // exact bytes, kept as a blob and so with its digest
    std::vector<oci::BlobDigest>
        blobs; // further blobs that the image keeps alive: compressed layers
};

/// Images and their names. Every change is one transaction; what it names is on disk and synced
/// before.
class ImageStore {
public:
    ImageStore(const Layout& layout, db::Database& database);

    /// Publishes an image whose layers have all been published under `lease`. Idempotent. Throws
    /// Errc::not_found when a layer of its config is not in the store, Errc::corrupt or
    /// Errc::invalid_argument when the config does not parse.
    oci::ImageId put(const NewImage& image, const Lease& lease);
    /// The same, and gives it a name in the same transaction. Returns the image that had the name
    /// before, if another.
    std::optional<oci::ImageId> put_and_tag(const NewImage& image, const oci::Reference& name,
                                            const Lease& lease, oci::ImageId* id = nullptr);

    /// Moves or makes a name. Throws Errc::not_found. Returns the image that had it before, if
    /// another.
    std::optional<oci::ImageId> tag(const oci::ImageId& image, const oci::Reference& name);

    std::optional<Image> find(const oci::ImageId& id) const;
    std::optional<Image> find(const oci::Reference& name) const;
    /// As a user wrote it: a name (`busybox`, `busybox@sha256:…`), an id, or a unique prefix of
    /// one, with or without "sha256:". A name wins over a prefix. Throws Errc::invalid_argument for
    /// "invalid reference format" and for an ambiguous prefix.
    std::optional<Image> find_as_written(std::string_view text) const;
    /// As find_as_written(); throws Errc::not_found "No such image: <text with its tag>".
    Image get_as_written(std::string_view text) const;
    std::vector<Image> list() const; // newest first, then by id
    std::vector<oci::ImageId> children(const oci::ImageId& parent) const;

    std::string config(const oci::ImageId& id)
        const; // exact bytes, verified against the id; throws Errc::not_found

    // Steps for whoever decides inside one transaction. Reads of this object see what the open
    // transaction has written.

    /// Takes a name away; false when there was none.
    bool untag(db::Transaction& transaction, const oci::Reference& name);
    /// Forgets the image and its names; its layers and blobs become garbage if nothing else refers
    /// to them, which Store::collect() deletes. While somebody holds it, it only stops being found
    /// and listed: config() and its layers stay until the last holder has gone.
    void forget(db::Transaction& transaction, const oci::ImageId& id);

    /// `holder` ("container:<id>") relies on the image, until release_image(). One image a holder;
    /// holding it again is fine, holding another moves the hold. Throws Errc::not_found when the
    /// image is not there.
    void hold_image(db::Transaction& transaction, const oci::ImageId& id, std::string_view holder);
    /// Lets go of whatever `holder` holds; absence is fine. Store::collect() afterwards, if that
    /// may have been the last one.
    void release_image(db::Transaction& transaction, std::string_view holder);
    /// Who holds the image, sorted.
    std::vector<std::string> holders(const oci::ImageId& id) const;
    std::vector<std::string> holders(db::Transaction& transaction, const oci::ImageId& id) const;

private:
    struct Put {
        oci::ImageId id;
        std::optional<oci::ImageId> before;
    };
    Put put(const NewImage& image, const oci::Reference* name, const Lease& lease);
    std::optional<Image> find_by_prefix(std::string_view text) const;

    const Layout& layout_;
    db::Database& database_;
};

} // namespace strata::store
