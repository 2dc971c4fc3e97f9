// SPDX-License-Identifier: Apache-2.0
#include "store/usage.hpp"

#include "db/transaction.hpp"

#include <unordered_map>

namespace strata::store {

Usage disk_usage(db::Database& database)
{
    const db::Snapshot snapshot{database};
    Usage usage;
    std::unordered_map<std::int64_t, std::size_t> by_number;
    database.for_each<std::int64_t, oci::ImageId, std::uint64_t, std::uint64_t>(
        "SELECT number, id, size, (SELECT count(*) FROM image_hold WHERE image_hold.image = "
        "number) FROM image"
        " WHERE forgotten = 0 ORDER BY created_ns DESC, id",
        [&](std::int64_t number, const oci::ImageId& id, std::uint64_t size,
            std::uint64_t holders) {
            by_number.emplace(number, usage.images.size());
            usage.images.push_back({id, size, 0, holders});
        });
    // A layer counts as often as an image has it, as its size does; it is shared when another image
    // has it as well.
    database.for_each<std::int64_t, std::uint64_t>(
        "SELECT own.image, sum(layer.content_bytes) FROM image_layer AS own JOIN layer ON "
        "layer.number = own.layer"
        " WHERE EXISTS (SELECT 1 FROM image_layer AS other WHERE other.layer = own.layer AND "
        "other.image <> own.image)"
        " GROUP BY own.image",
        [&](std::int64_t image, std::uint64_t bytes) {
            if (const auto found = by_number.find(image); found != by_number.end()) {
                usage.images[found->second].shared_size = bytes;
            }
        });
    usage.layers_size =
        database.query_one<std::uint64_t>("SELECT coalesce(sum(content_bytes), 0) FROM layer");
    const auto used = database.query_one<std::uint64_t>(
        "SELECT coalesce(sum(content_bytes), 0) FROM layer WHERE number IN (SELECT layer FROM "
        "image_layer"
        " JOIN image_hold ON image_hold.image = image_layer.image)");
    usage.reclaimable_size = usage.layers_size - used;
    usage.disk_bytes =
        database.query_one<std::uint64_t>("SELECT (SELECT coalesce(sum(disk_bytes), 0) FROM layer)"
                                          " + (SELECT coalesce(sum(bytes), 0) FROM blob)"
                                          " + (SELECT coalesce(sum(bytes), 0) FROM stack)");
    return usage;
}

} // namespace strata::store
