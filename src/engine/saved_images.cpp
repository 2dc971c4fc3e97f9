// SPDX-License-Identifier: Apache-2.0
#include "engine/saved_images.hpp"

#include "base/error.hpp"
#include "base/time.hpp"
#include "engine/image_platform.hpp"
#include "engine/own_manifest.hpp"
#include "oci/image_config.hpp"
#include "oci/manifest.hpp"
#include "store/blob_store.hpp"
#include "store/layer_store.hpp"
#include "store/store.hpp"

#include <algorithm>

namespace strata::engine {
namespace {

/// Images in the order in which they were asked for, each once, with all names that were meant.
class Selection {
public:
    explicit Selection(const store::ImageStore& images) : images_{images} {}

    void add(const std::string& written)
    {
        if (const auto id = oci::Digest::try_parse(
                written.starts_with("sha256:") ? written : "sha256:" + written)) {
            add_image(images_.get_as_written(written));
            return;
        }
        const oci::Reference reference = oci::Reference::parse(written);
        if (!reference.has_tag_or_digest()) {
            if (!add_repository(reference)) {
                add_image(get_by_prefix(written));
            }
        } else if (auto image = images_.find(reference)) {
            add_name(add_image(*std::move(image)), reference);
        } else {
            throw Error{Errc::not_found, "reference does not exist"};
        }
    }

    std::vector<NamedImage> take()
    {
        for (NamedImage& image : selected_) {
            std::ranges::sort(image.names);
        }
        return std::move(selected_);
    }

private:
    store::Image get_by_prefix(const std::string& written)
    {
        if (auto image = images_.find_as_written(written)) {
            return *std::move(image);
        }
        throw Error{Errc::not_found,
                    fmt::format("No such image: {}", written)}; // without a tag: all were meant
    }

    bool add_repository(const oci::Reference& repository)
    {
        bool found = false;
        for (const store::Image& image : images_.list()) {
            for (const oci::Reference& reference : image.references) {
                if (reference.name_only() == repository) {
                    add_name(add_image(image), reference);
                    found = true;
                }
            }
        }
        return found;
    }

    NamedImage& add_image(store::Image image)
    {
        const auto found = std::ranges::find(selected_, image.id,
                                             [](const NamedImage& one) { return one.image.id; });
        return found != selected_.end()
                   ? *found
                   : selected_.emplace_back(NamedImage{.image = std::move(image), .names = {}});
    }

    static void add_name(NamedImage& image, const oci::Reference& name)
    {
        if (name.tag() && !name.digest() &&
            std::ranges::find(image.names, name) == image.names.end()) {
            image.names.push_back(name);
        }
    }

    const store::ImageStore& images_;
    std::vector<NamedImage> selected_;
};

/// The manifest that the image came with, if all that it names is here.
bool keep_manifest(store::Store& store, const oci::ImageConfig& config, SavedImage& saved)
{
    const auto& digest = saved.named.image.manifest;
    if (!digest || !store.blobs().find(*digest)) {
        return false;
    }
    const std::string bytes = store.blobs().read(*digest, oci::kMaxManifestBytes);
    const oci::Manifest manifest = oci::Manifest::parse(bytes);
    if (manifest.config.digest.value != saved.named.image.id.value ||
        manifest.layers.size() != config.diff_ids.size()) {
        return false;
    }
    std::vector<SavedLayer> layers;
    for (std::size_t i = 0; i < manifest.layers.size(); ++i) {
        const oci::Descriptor& layer = manifest.layers[i];
        const bool is_plain = layer.digest.value == config.diff_ids[i].value;
        if (!is_plain && !store.blobs().find(layer.digest)) {
            return false;
        }
        layers.push_back({.diff_id = config.diff_ids[i],
                          .digest = layer.digest.value,
                          .bytes = layer.size,
                          .media_type = layer.media_type,
                          .is_plain = is_plain});
    }
    saved.manifest = bytes;
    saved.manifest_media_type = manifest.media_type;
    saved.layers = std::move(layers);
    return true;
}

void make_manifest(store::Store& store, const oci::ImageConfig& config, SavedImage& saved)
{
    std::vector<OwnLayer> layers;
    for (const oci::DiffId& id : config.diff_ids) {
        const auto layer = store.layers().find(id);
        if (!layer) {
            throw Error{
                Errc::corrupt,
                fmt::format("layer {} of image {} is not in the store", id, saved.named.image.id),
                "'strata system fsck' says what is lost."};
        }
        layers.push_back({.diff_id = id, .bytes = layer->tar_bytes});
        saved.layers.push_back({.diff_id = id,
                                .digest = id.value,
                                .bytes = layer->tar_bytes,
                                .media_type = std::string{oci::media_type::kLayer}});
    }
    saved.manifest = own_manifest(saved.config, layers);
    saved.manifest_media_type = oci::media_type::kManifest;
}

} // namespace

std::vector<NamedImage> resolve_names(const store::ImageStore& images,
                                      const std::vector<std::string>& names)
{
    Selection selection{images};
    for (const std::string& name : names) {
        selection.add(name);
    }
    return selection.take();
}

SavedImage prepare_image(store::Store& store, NamedImage named,
                         const std::optional<oci::Platform>& platform)
{
    SavedImage saved{.named = std::move(named)};
    saved.config = store.images().config(saved.named.image.id);
    const oci::ImageConfig config = oci::ImageConfig::parse(saved.config);
    check_platform(saved.named.names.empty() ? saved.named.image.id.str()
                                             : saved.named.names.front().familiar(),
                   config, platform);
    saved.created_seconds = std::max<std::int64_t>(saved.named.image.created_ns / 1'000'000'000, 0);
    if (!keep_manifest(store, config, saved)) {
        make_manifest(store, config, saved);
    }
    return saved;
}

} // namespace strata::engine
