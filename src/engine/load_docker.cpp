// SPDX-License-Identifier: Apache-2.0
//
// Archives with a manifest.json: Docker 1.10 and later. Since Docker 25 they are OCI layouts as
// well.
#include "base/error.hpp"
#include "base/strings.hpp"
#include "engine/docker_archive.hpp"
#include "engine/load_plan.hpp"

#include <algorithm>

namespace strata::engine {
namespace {

/// The digest that a member's name promises: "blobs/sha256/<hex>", "<hex>.json", "sha256:<hex>".
/// Names that promise nothing ("config.json", "<hex>/layer.tar" with a v1 id) are fine, too.
std::optional<oci::Digest> promised_digest(std::string_view member)
{
    std::string_view name = member.substr(member.rfind('/') + 1);
    if (name.ends_with(".json")) {
        name.remove_suffix(5);
    }
    if (name.starts_with("sha256:")) {
        name.remove_prefix(7);
    }
    return oci::Digest::try_parse(fmt::format("sha256:{}", name));
}

void take_item_layers(Archive& archive, const ManifestItem& item, PlannedImage& image)
{
    const std::vector<oci::DiffId>& diff_ids = image.config->diff_ids;
    if (item.layers.size() != diff_ids.size()) {
        throw Error{Errc::corrupt,
                    fmt::format("invalid manifest, layers length mismatch: expected {}, got {}",
                                item.layers.size(), diff_ids.size())};
    }
    for (std::size_t i = 0; i < diff_ids.size(); ++i) {
        const std::string& member = item.layers[i];
        ArchivedLayer& layer = archive.layer(member, diff_ids[i]);
        check_digest(member, diff_ids[i].value, layer.diff_id.value);
        if (member.starts_with("blobs/sha256/")) {
            check_digest(member, promised_digest(member).value_or(layer.digest), layer.digest);
        }
        image.layers.push_back(&layer);
    }
}

std::vector<oci::Reference> names_of(const ManifestItem& item)
{
    std::vector<oci::Reference> names;
    for (const std::string& tag : item.tags) {
        const auto name = oci::Reference::try_parse(tag);
        if (!name || !name->tag() || name->digest()) {
            throw Error{Errc::corrupt, fmt::format("manifest.json: invalid tag \"{}\"", tag)};
        }
        names.push_back(*name);
    }
    return names;
}

PlannedImage plan_item(Archive& archive, const ManifestItem& item, const PlanOptions& options)
{
    std::string bytes = archive.text(item.config);
    if (const auto promised = promised_digest(item.config)) {
        check_digest(item.config, *promised, oci::Digest::of(bytes));
    }
    PlannedImage image{.config = parse_config(std::move(bytes), item.config, options)};
    image.names = names_of(item);
    image.parent = item.parent;
    take_item_layers(archive, item, image);
    return image;
}

/// The manifests of the OCI layout that describe images of the archive with the very members that
/// manifest.json names.
void find_manifests(Archive& archive, std::vector<PlannedImage>& images)
{
    const oci::Index index = top_index(archive);
    for (const oci::Descriptor& descriptor : index.manifests) {
        if (!oci::is_manifest(descriptor.media_type) ||
            !archive.contains(blob_member(descriptor.digest.value))) {
            continue;
        }
        std::string bytes = verified_text(archive, descriptor);
        const oci::Manifest manifest = parse_manifest(bytes, descriptor);
        for (PlannedImage& image : images) {
            const bool is_its =
                manifest.config.digest == image.config.digest() &&
                std::ranges::equal(manifest.layers, image.layers,
                                   [](const oci::Descriptor& a, const ArchivedLayer* b) {
                                       return a.digest.value == b->digest && a.size == b->bytes;
                                   });
            if (is_its && !image.manifest) {
                keep_manifest(image, bytes);
            }
        }
    }
}

} // namespace

std::vector<PlannedImage> plan_docker_archive(Archive& archive, const PlanOptions& options)
{
    std::vector<PlannedImage> images;
    for (const ManifestItem& item : parse_manifest_json(archive.text("manifest.json"))) {
        images.push_back(plan_item(archive, item, options));
        check_platform(images.back(), options.platform);
    }
    if (archive.contains("index.json")) {
        find_manifests(archive, images);
    }
    return images;
}

} // namespace strata::engine
