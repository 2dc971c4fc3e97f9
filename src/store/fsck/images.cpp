// SPDX-License-Identifier: Apache-2.0
//
// What the tables say of an image, against its config: that file is the truth, the rows repeat it.
#include "base/error.hpp"
#include "db/transaction.hpp"
#include "store/blob_store.hpp"
#include "store/config_summary.hpp"
#include "store/fsck/context.hpp"
#include "store/fsck/layer_check.hpp"
#include "store/records.hpp"
#include "store/stacks.hpp"

#include <algorithm>

namespace strata::store::fsck_steps {
namespace {

struct Row {
    std::int64_t number = 0;
    oci::ImageId id;
    std::int64_t created_ns = 0;
    std::uint64_t size = 0;
    std::string chain;
    std::optional<oci::BlobDigest> manifest;

    std::string subject() const { return "image " + id.str(); }
};

std::vector<Row> list_rows(db::Database& database)
{
    std::vector<Row> rows;
    database.for_each<std::int64_t, oci::ImageId, std::int64_t, std::uint64_t, std::string,
                      std::optional<oci::BlobDigest>>(
        "SELECT number, id, created_ns, size, chain, manifest FROM image ORDER BY id",
        [&](std::int64_t number, const oci::ImageId& id, std::int64_t created_ns,
            std::uint64_t size, std::string chain, const std::optional<oci::BlobDigest>& manifest) {
            rows.push_back({number, id, created_ns, size, std::move(chain), manifest});
        });
    return rows;
}

/// Unless somebody has removed the image meanwhile.
void found(const Context& context, const Row& row, Finding finding)
{
    if (context.database().query_optional<std::int64_t>("SELECT 1 FROM image WHERE number = ?",
                                                        row.number)) {
        context.found(std::move(finding));
    }
}

/// References to blobs without a row would be in the way of everything else.
void check_dangling_blobs(const Context& context, const Row& row)
{
    auto& database = context.database();
    const auto dangling = database.query_one<std::uint64_t>(
        "SELECT count(*) FROM image_blob WHERE image = ? AND blob NOT IN (SELECT number FROM blob)",
        row.number);
    if (dangling == 0) {
        return;
    }
    found(context, row,
          {row.subject(),
           fmt::format("it refers to {} blobs that are not in the database", dangling),
           context.repairs(),
           {}});
    if (context.repairs()) {
        db::Transaction transaction{database};
        database.execute(
            "DELETE FROM image_blob WHERE image = ? AND blob NOT IN (SELECT number FROM blob)",
            row.number);
        transaction.commit();
    }
}

/// The image's own document (config or manifest): a row, and the image's reference to it. `bytes`
/// is null when its file is not there or not sound.
void check_document(const Context& context, const Row& row, const oci::Digest& digest,
                    const char* what, const std::string* bytes)
{
    auto& database = context.database();
    if (database.query_optional<std::int64_t>(
            "SELECT 1 FROM image_blob JOIN blob ON blob.number = image_blob.blob"
            " WHERE image = ? AND digest = ?",
            row.number, digest)) {
        return;
    }
    const bool has_row =
        database.query_optional<std::int64_t>("SELECT 1 FROM blob WHERE digest = ?", digest)
            .has_value();
    const bool mended = context.repairs() && (has_row || bytes != nullptr);
    found(context, row,
          {row.subject(), fmt::format("its {} {} is not in the database", what, digest), mended,
           mended || bytes != nullptr ? std::vector<std::string>{}
                                      : names_of_image(database, row.number)});
    if (mended) {
        db::Transaction transaction{database};
        if (!has_row) {
            insert_blob(transaction, digest, bytes->size());
        }
        database.execute(
            "INSERT INTO image_blob (image, blob) SELECT ?, number FROM blob WHERE digest = ?",
            row.number, digest);
        transaction.commit();
    }
}

std::optional<std::string> find_document(const Context& context, const oci::Digest& digest)
{
    try {
        return context.store.blobs().read({digest});
    } catch (const Error& error) {
        if (error.code() != Errc::corrupt && error.code() != Errc::not_found) {
            throw;
        }
        return std::nullopt; // check_blobs() reports it
    }
}

std::uint64_t content_size(db::Database& database, const std::vector<oci::DiffId>& layers)
{
    std::uint64_t size = 0;
    for (const oci::DiffId& id : layers) {
        size += database
                    .query_optional<std::uint64_t>(
                        "SELECT content_bytes FROM layer WHERE diff_id = ?", id)
                    .value_or(0);
    }
    return size;
}

/// Empty when the rows say what the config says.
std::string compare(db::Database& database, const Row& row, const ConfigSummary& summary)
{
    const auto layers = database.query<std::optional<oci::DiffId>>(
        "SELECT diff_id FROM image_layer LEFT JOIN layer ON layer.number = image_layer.layer WHERE "
        "image = ?"
        " ORDER BY position",
        row.number);
    if (!std::equal(layers.begin(), layers.end(), summary.layers.begin(), summary.layers.end())) {
        return "the database has other layers for it than its config";
    }
    if (row.chain != Stacks::id_of(summary.layers).str() || row.created_ns != summary.created_ns) {
        return "the database has another chain or time for it than its config";
    }
    if (row.size != content_size(database, summary.layers)) {
        return "the database has another size for it than its layers";
    }
    std::vector<std::pair<std::string, std::string>> labels;
    for (auto& [name, value] : database.query<std::string, std::string>(
             "SELECT name, value FROM image_label WHERE image = ? ORDER BY position", row.number)) {
        labels.emplace_back(std::move(name), std::move(value));
    }
    return labels == summary.labels ? "" : "the database has other labels for it than its config";
}

void rewrite(const Context& context, const Row& row, const ConfigSummary& summary)
{
    auto& database = context.database();
    db::Transaction transaction{database};
    database.execute("DELETE FROM image_layer WHERE image = ?", row.number);
    for (std::size_t i = 0; i < summary.layers.size(); ++i) {
        database.execute("INSERT INTO image_layer (image, position, layer) SELECT ?, ?, number "
                         "FROM layer WHERE diff_id = ?",
                         row.number, i, summary.layers[i]);
    }
    database.execute("DELETE FROM image_label WHERE image = ?", row.number);
    for (std::size_t i = 0; i < summary.labels.size(); ++i) {
        database.execute(
            "INSERT INTO image_label (image, position, name, value) VALUES (?, ?, ?, ?)",
            row.number, i, summary.labels[i].first, summary.labels[i].second);
    }
    database.execute("UPDATE image SET created_ns = ?, size = ?, chain = ? WHERE number = ?",
                     summary.created_ns, content_size(database, summary.layers),
                     Stacks::id_of(summary.layers), row.number);
    transaction.commit();
}

void check_rows(const Context& context, const Row& row, const std::string& config)
{
    Finding finding{row.subject(), {}, false, {}};
    try {
        const ConfigSummary summary = summarize_config(config);
        finding.problem = compare(context.database(), row, summary);
        if (finding.problem.empty()) {
            return;
        }
        if (context.repairs()) {
            std::ranges::for_each(summary.layers,
                                  [&](const oci::DiffId& id) { adopt_layer(context, id); });
            rewrite(context, row, summary);
            finding.repaired = true;
        }
    } catch (const Error& error) {
        if (error.code() != Errc::corrupt && error.code() != Errc::invalid_argument) {
            throw;
        }
        finding.problem = fmt::format("its config is not one: {}", error.what());
        finding.images = names_of_image(context.database(), row.number);
    }
    found(context, row, std::move(finding));
}

} // namespace

void check_images(const Context& context)
{
    const std::vector<Row> rows = list_rows(context.database());
    context.say(fmt::format("checking {} images", rows.size()));
    for (const Row& row : rows) {
        ++context.report.images;
        check_dangling_blobs(context, row);
        const auto config = find_document(context, row.id.value);
        check_document(context, row, row.id.value, "config", config ? &*config : nullptr);
        if (row.manifest) {
            const auto manifest = find_document(context, row.manifest->value);
            check_document(context, row, row.manifest->value, "manifest",
                           manifest ? &*manifest : nullptr);
        }
        if (config) {
            check_rows(context, row, *config);
        }
    }
}

} // namespace strata::store::fsck_steps
