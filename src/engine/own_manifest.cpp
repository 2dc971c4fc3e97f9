// SPDX-License-Identifier: Apache-2.0
#include "engine/own_manifest.hpp"

#include "oci/manifest.hpp"

namespace strata::engine {

std::string own_manifest(std::string_view config, const std::vector<OwnLayer>& layers)
{
    oci::Manifest manifest{.media_type = std::string{oci::media_type::kManifest},
                           .config = {.media_type = std::string{oci::media_type::kConfig},
                                      .digest = {oci::Digest::of(config)},
                                      .size = config.size()},
                           .layers = {}};
    for (const OwnLayer& layer : layers) {
        manifest.layers.push_back({.media_type = std::string{oci::media_type::kLayer},
                                   .digest = {layer.diff_id.value},
                                   .size = layer.bytes});
    }
    return manifest.print();
}

} // namespace strata::engine
