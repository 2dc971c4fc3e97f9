// SPDX-License-Identifier: Apache-2.0
#include "engine/engine.hpp"
#include "engine/image_names.hpp"
#include "engine/image_platform.hpp"
#include "engine/images.hpp"
#include "oci/image_config.hpp"
#include "store/image_store.hpp"
#include "store/layer_store.hpp"
#include "store/store.hpp"

namespace strata::engine {
namespace {

/// The image itself is the newest step; the step before is its parent, as far as parents are known
/// here.
void add_ids(const store::ImageStore& images, store::Image image,
             std::vector<HistoryEntry>& entries)
{
    for (HistoryEntry& entry : entries) {
        entry.id = image.id;
        entry.references = tags_of(image);
        const auto parent = image.parent ? images.find(*image.parent) : std::nullopt;
        if (!parent) {
            return;
        }
        image = *parent;
    }
}

} // namespace

std::vector<HistoryEntry> image_history(Engine& engine, std::string_view name,
                                        const std::optional<oci::Platform>& platform)
{
    store::Store& store = engine.store();
    const store::Image image = store.images().get_as_written(name);
    const oci::ImageConfig config = oci::ImageConfig::parse(store.images().config(image.id));
    check_platform(name, config, platform);
    const auto layers = config.history_layers();
    std::vector<HistoryEntry> entries;
    for (std::size_t i = config.history.size(); i-- > 0;) {
        const oci::HistoryEntry& step = config.history[i];
        const auto layer =
            layers[i] ? store.layers().find(config.diff_ids[*layers[i]]) : std::nullopt;
        entries.push_back({.id = {},
                           .created = step.created,
                           .created_by = step.created_by,
                           .comment = step.comment,
                           .size = layer ? layer->content_bytes : 0,
                           .references = {}});
    }
    add_ids(store.images(), image, entries);
    return entries;
}

} // namespace strata::engine
