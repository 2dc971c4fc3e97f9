// SPDX-License-Identifier: Apache-2.0
//
// The JSON documents of an archive, in Docker's order of keys.
#include "base/json.hpp"
#include "engine/saved_images.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <map>

namespace strata::engine {
namespace {

using boost::json::array;
using boost::json::object;

std::string member_of(const oci::Digest& digest)
{
    return "blobs/sha256/" + digest.hex();
}

object describe(std::string_view media_type, const oci::Digest& digest, std::uint64_t size)
{
    return {{"mediaType", media_type}, {"digest", digest.str()}, {"size", size}};
}

/// The parent, if it is in the archive, too.
const store::Image* parent_among(const std::vector<SavedImage>& images, const store::Image& image)
{
    const auto found = std::ranges::find_if(images, [&](const SavedImage& other) {
        return image.parent && other.named.image.id == *image.parent;
    });
    return found == images.end() ? nullptr : &found->named.image;
}

} // namespace

std::string index_json(const std::vector<SavedImage>& images)
{
    array manifests;
    for (const SavedImage& image : images) {
        const oci::Digest digest = oci::Digest::of(image.manifest);
        object descriptor = describe(image.manifest_media_type, digest, image.manifest.size());
        if (image.named.names.empty()) {
            manifests.push_back(descriptor);
        }
        for (const oci::Reference& name : image.named.names) {
            descriptor["annotations"] = {
                {"io.containerd.image.name", name.str()},
                {"org.opencontainers.image.ref.name", name.tag().value_or("")}};
            manifests.push_back(descriptor);
        }
    }
    return json::print(object{{"schemaVersion", 2},
                              {"mediaType", "application/vnd.oci.image.index.v1+json"},
                              {"manifests", std::move(manifests)}});
}

std::string manifest_json(const std::vector<SavedImage>& images)
{
    array items;
    for (const SavedImage& image : images) {
        object item{{"Config", member_of(image.named.image.id.value)}};
        array tags;
        for (const oci::Reference& name : image.named.names) {
            tags.emplace_back(name.familiar());
        }
        item["RepoTags"] =
            tags.empty() ? boost::json::value(nullptr) : boost::json::value(std::move(tags));
        array layers;
        std::map<std::string, object> sources;
        for (const SavedLayer& layer : image.layers) {
            layers.emplace_back(member_of(layer.digest));
            sources[layer.diff_id.str()] = {{"mediaType", layer.media_type},
                                            {"size", layer.bytes},
                                            {"digest", layer.digest.str()}};
        }
        item["Layers"] = std::move(layers);
        if (const store::Image* const parent = parent_among(images, image.named.image)) {
            item["Parent"] = parent->id.str();
        }
        object sorted;
        for (auto& [diff_id, source] : sources) {
            sorted[diff_id] = std::move(source);
        }
        item["LayerSources"] = std::move(sorted);
        items.push_back(std::move(item));
    }
    return json::print(boost::json::value(std::move(items)));
}

std::string repositories_json(const std::vector<SavedImage>& images)
{
    std::map<std::string, std::map<std::string, std::string>> repositories;
    for (const SavedImage& image : images) {
        for (const oci::Reference& name : image.named.names) {
            if (name.tag() && !image.layers.empty()) {
                repositories[name.familiar_name()][*name.tag()] = image.layers.back().digest.hex();
            }
        }
    }
    object document;
    for (const auto& [name, tags] : repositories) {
        object& repository = document[name].emplace_object();
        for (const auto& [tag, layer] : tags) {
            repository[tag] = layer;
        }
    }
    return json::print(document);
}

} // namespace strata::engine
