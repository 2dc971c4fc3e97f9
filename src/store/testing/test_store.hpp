// SPDX-License-Identifier: Apache-2.0
//
// A data root that goes away, and short ways to fill it.
#pragma once

#include "base/error.hpp"
#include "db/transaction.hpp"
#include "oci/image_config.hpp"
#include "store/blob_store.hpp"
#include "store/fsck.hpp"
#include "store/image_store.hpp"
#include "store/layer_store.hpp"
#include "store/store.hpp"
#include "testing/temp_dir.hpp"
#include "testing/tiny_layer.hpp"

#include <fcntl.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace strata::store::testing {

using strata::testing::BuiltLayer;
using strata::testing::TempDir;
using strata::testing::TinyLayer;

inline StoreOptions options_for(const sys::Path& folder)
{
    StoreOptions options;
    options.layout = {folder / "root", folder / "run"};
    return options;
}

inline Layer add_layer(Store& store, const BuiltLayer& layer, const Lease& lease)
{
    auto source = layer.source();
    return store.layers().publish(store.layers().receive(source, lease), lease);
}

struct ImageOptions {
    std::string created = "2024-01-01T00:00:00Z"; // other times give other ids
    oci::StringMap labels = {};
};

inline std::string config_of(const std::vector<oci::DiffId>& layers,
                             const ImageOptions& options = {})
{
    oci::ImageConfig config;
    config.created = parse_rfc3339(options.created);
    config.os = "linux";
    config.architecture = "amd64";
    config.diff_ids = layers;
    config.config.labels = options.labels;
    return config.print();
}

/// Receives the layers and publishes an image of them, as an import does.
inline oci::ImageId add_image(Store& store, const std::vector<BuiltLayer>& layers,
                              std::string_view name = {}, const ImageOptions& options = {})
{
    const Lease lease = store.lease();
    std::vector<oci::DiffId> ids;
    for (const BuiltLayer& layer : layers) {
        ids.push_back(add_layer(store, layer, lease).diff_id);
    }
    NewImage image;
    image.config = config_of(ids, options);
    oci::ImageId id{oci::Digest::of(image.config)};
    if (name.empty()) {
        return store.images().put(image, lease);
    }
    store.images().put_and_tag(image, oci::Reference::parse(name), lease, &id);
    return id;
}

inline void forget(Store& store, const oci::ImageId& id)
{
    db::Transaction transaction{store.database()};
    store.images().forget(transaction, id);
    transaction.commit();
}

inline void hold(Store& store, const oci::ImageId& id, std::string_view holder)
{
    db::Transaction transaction{store.database()};
    store.images().hold_image(transaction, id, holder);
    transaction.commit();
}

inline void release(Store& store, std::string_view holder)
{
    db::Transaction transaction{store.database()};
    store.images().release_image(transaction, holder);
    transaction.commit();
}

/// Everything in a folder, by name; nothing when it is not there.
inline std::vector<std::string> names_in(const sys::Path& folder)
{
    std::vector<std::string> names;
    if (std::filesystem::exists(folder)) {
        for (const auto& entry : std::filesystem::directory_iterator{folder}) {
            names.push_back(entry.path().filename());
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

/// What fsck finds, as text; empty when the store is sound.
inline std::vector<std::string> problems(Store& store, Repair repair = Repair::no)
{
    std::vector<std::string> texts;
    for (const Finding& finding : fsck(store, repair).findings) {
        texts.push_back(finding.subject + ": " + finding.problem +
                        (finding.repaired ? " (repaired)" : ""));
    }
    return texts;
}

} // namespace strata::store::testing
