// SPDX-License-Identifier: Apache-2.0
//
// Changes: every one is one transaction. Looking things up is in image_lookup.cpp.
#include "store/image_store.hpp"

#include "base/error.hpp"
#include "db/transaction.hpp"
#include "store/blob_store.hpp"
#include "store/config_summary.hpp"
#include "store/name_key.hpp"
#include "store/placement.hpp"
#include "store/records.hpp"
#include "store/stacks.hpp"
#include "sys/file.hpp"

#include <fcntl.h>

#include <algorithm>

namespace strata::store {
namespace {

/// Documents of one image (its config, its manifest) that have to be there as blobs when the
/// transaction commits.
class Documents {
public:
    explicit Documents(const Lease& lease) : lease_{lease} {}

    /// Written and synced before the write lock is taken, unless somebody has it already.
    void prepare(db::Database& database, std::string_view bytes)
    {
        const oci::Digest digest = oci::Digest::of(bytes);
        documents_.push_back({digest, bytes, {}});
        if (!is_present(database, {ObjectKind::blob, digest})) {
            write(documents_.back());
        }
    }

    void place(db::Transaction& transaction, Placements& placements)
    {
        for (Document& document : documents_) {
            const Object object{ObjectKind::blob, document.digest};
            if (is_present(transaction.database(), object)) {
                continue;
            }
            if (document.file.empty()) {
                write(document); // it was there a moment ago, and has been collected
            }
            placements.add(transaction, object, document.file);
            insert_blob(transaction, document.digest, document.bytes.size());
        }
    }

private:
    struct Document {
        oci::Digest digest;
        std::string_view bytes;
        Path file;
    };

    void write(Document& document) const
    {
        lease_.step("write document");
        document.file = lease_.new_name();
        const sys::Fd file = sys::open_file(document.file, O_WRONLY | O_CREAT | O_EXCL, 0400);
        sys::write_all(file, document.bytes);
        sys::sync_data(file);
    }

    const Lease& lease_;
    std::vector<Document> documents_;
};

struct LayerRow {
    std::int64_t number = 0;
    std::uint64_t content_bytes = 0;
};

std::vector<LayerRow> find_layers(db::Database& database, const std::vector<oci::DiffId>& layers)
{
    std::vector<LayerRow> rows;
    rows.reserve(layers.size());
    for (const oci::DiffId& id : layers) {
        const auto row = database.query_optional<std::int64_t, std::uint64_t>(
            "SELECT number, content_bytes FROM layer WHERE diff_id = ? AND damaged = 0", id);
        if (!row) {
            throw Error{Errc::not_found,
                        fmt::format("layer {} of the image is not in the store", id)};
        }
        rows.push_back({std::get<0>(*row), std::get<1>(*row)});
    }
    return rows;
}

void refer_to_blob(db::Transaction& transaction, std::int64_t image, const oci::Digest& digest)
{
    auto& database = transaction.database();
    const auto blob =
        database.query_optional<std::int64_t>("SELECT number FROM blob WHERE digest = ?", digest);
    if (!blob) {
        throw Error{Errc::not_found,
                    fmt::format("blob {} of the image is not in the store", digest)};
    }
    database.execute("INSERT OR IGNORE INTO image_blob (image, blob) VALUES (?, ?)", image, *blob);
}

std::int64_t insert_image(db::Transaction& transaction, const oci::ImageId& id,
                          const ConfigSummary& summary)
{
    auto& database = transaction.database();
    const std::vector<LayerRow> layers = find_layers(database, summary.layers);
    std::uint64_t size = 0;
    for (const LayerRow& layer : layers) {
        size += layer.content_bytes;
    }
    if (const auto known =
            database.query_optional<std::int64_t>("SELECT number FROM image WHERE id = ?", id)) {
        database.execute("UPDATE image SET forgotten = 0, size = ? WHERE number = ?", size, *known);
        return *known;
    }
    database.execute("INSERT INTO image (id, created_ns, size, chain) VALUES (?, ?, ?, ?)", id,
                     summary.created_ns, size, Stacks::id_of(summary.layers));
    const std::int64_t image = database.last_insert_id();
    for (std::size_t i = 0; i < layers.size(); ++i) {
        database.execute("INSERT INTO image_layer (image, position, layer) VALUES (?, ?, ?)", image,
                         i, layers[i].number);
    }
    for (std::size_t i = 0; i < summary.labels.size(); ++i) {
        database.execute(
            "INSERT INTO image_label (image, position, name, value) VALUES (?, ?, ?, ?)", image, i,
            summary.labels[i].first, summary.labels[i].second);
    }
    return image;
}

std::optional<std::int64_t> find_number(db::Database& database, const oci::ImageId& id)
{
    return database.query_optional<std::int64_t>(
        "SELECT number FROM image WHERE id = ? AND forgotten = 0", id);
}

std::int64_t get_number(db::Database& database, const oci::ImageId& id)
{
    const auto number = find_number(database, id);
    if (!number) {
        throw Error{Errc::not_found, fmt::format("No such image: {}", id)};
    }
    return *number;
}

std::optional<oci::ImageId> move_name(db::Transaction& transaction, std::int64_t image,
                                      const oci::Reference& name)
{
    auto& database = transaction.database();
    const std::string key = name_key(name);
    const auto before = database.query_optional<std::int64_t, oci::ImageId>(
        "SELECT image.number, image.id FROM name JOIN image ON image.number = name.image WHERE "
        "reference = ?",
        key);
    if (before && std::get<0>(*before) == image) {
        return std::nullopt;
    }
    database.execute("INSERT INTO name (reference, image) VALUES (?, ?)"
                     " ON CONFLICT (reference) DO UPDATE SET image = excluded.image",
                     key, image);
    return before ? std::optional{std::get<1>(*before)} : std::nullopt;
}

/// The image's row goes; what it referred to becomes suspect.
void delete_image(db::Transaction& transaction, std::int64_t image)
{
    auto& database = transaction.database();
    database.execute(
        "INSERT OR IGNORE INTO garbage (kind, digest) SELECT 'layer', diff_id FROM layer"
        " JOIN image_layer ON image_layer.layer = layer.number WHERE image_layer.image = ?",
        image);
    database.execute("INSERT OR IGNORE INTO garbage (kind, digest) SELECT 'blob', digest FROM blob"
                     " JOIN image_blob ON image_blob.blob = blob.number WHERE image_blob.image = ?",
                     image);
    database.execute(
        "INSERT OR IGNORE INTO garbage (kind, digest) SELECT 'stack', stack.chain FROM stack"
        " JOIN image ON image.chain = stack.chain WHERE image.number = ?",
        image);
    database.execute("DELETE FROM image WHERE number = ?", image); // the rest cascades
}

bool is_held(db::Database& database, std::int64_t image)
{
    return database.query_optional<std::int64_t>("SELECT 1 FROM image_hold WHERE image = ?", image)
        .has_value();
}

} // namespace

ImageStore::ImageStore(const Layout& layout, db::Database& database)
    : layout_{layout}, database_{database}
{
}

oci::ImageId ImageStore::put(const NewImage& image, const Lease& lease)
{
    return put(image, nullptr, lease).id;
}

std::optional<oci::ImageId> ImageStore::put_and_tag(const NewImage& image,
                                                    const oci::Reference& name, const Lease& lease,
                                                    oci::ImageId* id)
{
    const Put done = put(image, &name, lease);
    if (id != nullptr) {
        *id = done.id;
    }
    return done.before;
}

ImageStore::Put ImageStore::put(const NewImage& image, const oci::Reference* name,
                                const Lease& lease)
{
    const ConfigSummary summary = summarize_config(image.config);
    Put done{{oci::Digest::of(image.config)}, {}};
    Documents documents{lease};
    documents.prepare(database_, image.config);
    if (image.manifest) {
        documents.prepare(database_, *image.manifest);
    }

    db::Transaction transaction{database_, db::Durability::full};
    Placements placements{layout_, lease};
    documents.place(transaction, placements);
    placements.sync();
    const std::int64_t number = insert_image(transaction, done.id, summary);
    refer_to_blob(transaction, number, done.id.value);
    for (const oci::BlobDigest& blob : image.blobs) {
        refer_to_blob(transaction, number, blob.value);
    }
    if (image.parent) {
        database_.execute("UPDATE image SET parent = ? WHERE number = ?", *image.parent, number);
    }
    if (image.manifest) {
        const oci::Digest manifest = oci::Digest::of(*image.manifest);
        refer_to_blob(transaction, number, manifest);
        database_.execute("UPDATE image SET manifest = ? WHERE number = ?", manifest, number);
    }
    if (name != nullptr) {
        done.before = move_name(transaction, number, *name);
    }
    lease.step("commit image");
    transaction.commit();
    placements.settle();
    return done;
}

std::optional<oci::ImageId> ImageStore::tag(const oci::ImageId& image, const oci::Reference& name)
{
    db::Transaction transaction{database_, db::Durability::full};
    const auto before = move_name(transaction, get_number(database_, image), name);
    transaction.commit();
    return before;
}

bool ImageStore::untag(db::Transaction& transaction, const oci::Reference& name)
{
    transaction.database().execute("DELETE FROM name WHERE reference = ?", name_key(name));
    return transaction.database().changes() > 0;
}

void ImageStore::forget(db::Transaction& transaction, const oci::ImageId& id)
{
    auto& database = transaction.database();
    const auto number = find_number(database, id);
    if (!number) {
        return;
    }
    if (is_held(database, *number)) {
        database.execute("DELETE FROM name WHERE image = ?", *number);
        database.execute("UPDATE image SET forgotten = 1 WHERE number = ?", *number);
    } else {
        delete_image(transaction, *number);
    }
}

void ImageStore::hold_image(db::Transaction& transaction, const oci::ImageId& id,
                            std::string_view holder)
{
    auto& database = transaction.database();
    const std::int64_t image = get_number(database, id);
    if (database.query_optional<std::int64_t>(
            "SELECT 1 FROM image_hold WHERE holder = ? AND image = ?", holder, image)) {
        return;
    }
    release_image(transaction, holder);
    database.execute("INSERT INTO image_hold (holder, image) VALUES (?, ?)", holder, image);
}

void ImageStore::release_image(db::Transaction& transaction, std::string_view holder)
{
    auto& database = transaction.database();
    const auto held = database.query_optional<std::int64_t, bool>(
        "SELECT number, forgotten FROM image JOIN image_hold ON image_hold.image = image.number "
        "WHERE holder = ?",
        holder);
    if (!held) {
        return;
    }
    database.execute("DELETE FROM image_hold WHERE holder = ?", holder);
    const auto [image, forgotten] = *held;
    if (forgotten && !is_held(database, image)) {
        delete_image(transaction, image);
    }
}

} // namespace strata::store
