// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "db/transaction.hpp"
#include "io/compression.hpp"
#include "oci/manifest.hpp"
#include "store/blob_store.hpp"
#include "store/fsck/context.hpp"
#include "store/fsck/layer_check.hpp"
#include "store/layer_driver.hpp"
#include "store/layer_files.hpp"

#include <algorithm>

namespace strata::store::fsck_steps {
namespace {

struct Row {
    Layer layer;
    bool damaged = false;
    LayerCheck check{.measured = layer};
};

bool same_numbers(const Layer& one, const Layer& other)
{
    return one.tar_bytes == other.tar_bytes && one.content_bytes == other.content_bytes &&
           one.inodes == other.inodes;
}

/// Blobs whose inflated bytes may be this layer: those that an image's manifest lists at its place
/// first, then whatever else the images that have the layer keep.
std::vector<oci::BlobDigest> candidates(const Context& context, const oci::DiffId& id)
{
    std::vector<oci::BlobDigest> found;
    const auto add = [&](const oci::BlobDigest& digest) {
        if (std::ranges::find(found, digest) == found.end()) {
            found.push_back(digest);
        }
    };
    const auto places = context.database().query<oci::BlobDigest, std::uint64_t>(
        "SELECT image.manifest, position FROM image JOIN image_layer ON image_layer.image = "
        "image.number"
        " JOIN layer ON layer.number = image_layer.layer WHERE layer.diff_id = ? AND "
        "image.manifest IS NOT NULL",
        id);
    for (const auto& [manifest, position] : places) {
        try {
            const auto parsed = oci::Manifest::parse(context.store.blobs().read(manifest));
            if (position < parsed.layers.size()) {
                add(parsed.layers[position].digest);
            }
        } catch (const Error&) {
            // The manifest is damaged, which is a finding of its own; there may be another.
        }
    }
    for (const auto& digest : context.database().query<oci::BlobDigest>(
             "SELECT DISTINCT blob.digest FROM blob JOIN image_blob ON image_blob.blob = "
             "blob.number"
             " JOIN image ON image.number = image_blob.image"
             " JOIN image_layer ON image_layer.image = image.number JOIN layer ON layer.number = "
             "image_layer.layer"
             " WHERE layer.diff_id = ? AND blob.digest <> image.id AND blob.digest <> "
             "ifnull(image.manifest, '')",
             id)) {
        add(digest);
    }
    return found;
}

/// Receives the layer once more, from its own sound tar or from a blob. False when nobody has its
/// bytes.
bool mend(const Context& context, const Row& row)
{
    const oci::DiffId& id = row.layer.diff_id;
    std::vector<std::function<io::SourcePtr()>> sources;
    if (row.check.tar_is_sound) {
        sources.emplace_back([&] { return find_tar(context.layout().layer(id)); });
    } else {
        for (const oci::BlobDigest& digest : candidates(context, id)) {
            if (context.store.blobs().find(digest)) {
                sources.emplace_back([&context, digest] {
                    return io::decompress_detected(context.store.blobs().open(digest)).source;
                });
            }
        }
    }
    for (const auto& open : sources) {
        try {
            const io::SourcePtr tar = open();
            ReceiveOptions options = without_limits();
            options.expected = id;
            context.store.layers().replace(
                context.store.layers().receive(*tar, *context.lease, options), *context.lease);
            return true;
        } catch (const Error& error) {
            if (error.code() != Errc::corrupt) {
                throw; // a full disk is no reason to call it lost
            }
        }
    }
    return false;
}

/// A layer that is lost counts as absent, so that a later import or pull brings it back.
void mark(const Context& context, const oci::DiffId& id, bool damaged)
{
    db::Transaction transaction{context.database()};
    context.database().execute("UPDATE layer SET damaged = ? WHERE diff_id = ?", damaged, id);
    transaction.commit();
}

void set_numbers(const Context& context, const Layer& measured)
{
    db::Transaction transaction{context.database()};
    context.database().execute(
        "UPDATE layer SET tar_bytes = ?, content_bytes = ?, inodes = ? WHERE diff_id = ?",
        measured.tar_bytes, measured.content_bytes, measured.inodes, measured.diff_id);
    transaction.commit();
}

void report(const Context& context, const Row& row)
{
    const oci::DiffId& id = row.layer.diff_id;
    if (!row.check.problem.empty()) {
        Finding finding{"layer " + id.str(), row.check.problem, false, {}};
        finding.repaired = context.repairs() && mend(context, row);
        if (!finding.repaired && !row.check.tar_is_sound) {
            finding.images = images_with_layer(context.database(), id.value);
        }
        if (context.repairs() && !finding.repaired) {
            mark(context, id, true);
        }
        context.found(std::move(finding));
        return;
    }
    if (!same_numbers(row.layer, row.check.measured)) {
        context.found(
            {"layer " + id.str(),
             fmt::format(
                 "the database says {} bytes of tar, {} of content, {} inodes; it has {}, {}, {}",
                 row.layer.tar_bytes, row.layer.content_bytes, row.layer.inodes,
                 row.check.measured.tar_bytes, row.check.measured.content_bytes,
                 row.check.measured.inodes),
             context.repairs(),
             {}});
        if (context.repairs()) {
            set_numbers(context, row.check.measured);
        }
    }
    if (row.damaged && context.repairs()) {
        mark(context, id, false); // somebody has mended it by hand
    }
}

} // namespace

void check_layers(const Context& context)
{
    std::vector<Row> rows;
    context.database().for_each<oci::DiffId, std::uint64_t, std::uint64_t, std::uint64_t, bool>(
        "SELECT diff_id, tar_bytes, content_bytes, inodes, damaged FROM layer ORDER BY diff_id",
        [&](const oci::DiffId& id, std::uint64_t tar, std::uint64_t content, std::uint64_t inodes,
            bool damaged) {
            rows.push_back({{id, tar, content, inodes}, damaged});
        });
    context.say(fmt::format("checking {} layers", rows.size()));
    in_parallel(rows.size(), [&](std::size_t i) {
        rows[i].check =
            check_layer(context.layout(), context.store.driver(), rows[i].layer.diff_id);
    });
    for (const Row& row : rows) {
        ++context.report.layers;
        context.report.bytes_hashed += row.check.measured.tar_bytes;
        if (row.check.problem.empty() ||
            has_row(context.database(), object_of(row.layer.diff_id))) {
            report(context, row);
        }
    }
}

} // namespace strata::store::fsck_steps
