// SPDX-License-Identifier: Apache-2.0
#include "engine/load_plan.hpp"

#include "base/error.hpp"
#include "engine/own_manifest.hpp"

#include <algorithm>

namespace strata::engine {

std::vector<PlannedImage> plan_load(Archive& archive, const PlanOptions& options)
{
    if (archive.contains("manifest.json")) {
        return plan_docker_archive(archive, options);
    }
    if (archive.contains("index.json")) {
        return plan_oci_layout(archive, options);
    }
    if (archive.contains("repositories")) {
        return plan_v1_archive(archive, options);
    }
    throw Error{
        Errc::corrupt,
        "unrecognized image format: neither manifest.json nor index.json nor repositories is in it",
        "A file system, as 'docker export' writes it, becomes an image with 'strata import'."};
}

std::string blob_member(const oci::Digest& digest)
{
    if (digest.algorithm() != oci::HashAlgorithm::sha256) {
        throw Error{Errc::unsupported,
                    fmt::format("the archive names {}; only sha256 is supported", digest)};
    }
    return "blobs/sha256/" + digest.hex();
}

void check_digest(std::string_view member, const oci::Digest& expected, const oci::Digest& found)
{
    if (expected != found) {
        throw Error{
            Errc::corrupt,
            fmt::format("archive member '{}' does not match its digest: expected {}, got {}",
                        member, expected, found)};
    }
}

std::string verified_text(Archive& archive, const oci::Descriptor& descriptor)
{
    const std::string member = blob_member(descriptor.digest.value);
    std::string text = archive.text(member);
    if (text.size() != descriptor.size) {
        throw Error{Errc::corrupt,
                    fmt::format("archive member '{}' has {} bytes, and should have {}", member,
                                text.size(), descriptor.size)};
    }
    check_digest(member, descriptor.digest.value, oci::Digest::of(text));
    return text;
}

oci::Index top_index(Archive& archive)
{
    return reading("index.json", [&] { return oci::Index::parse(archive.text("index.json")); });
}

oci::Index parse_index(const std::string& bytes, const oci::Descriptor& descriptor)
{
    return reading(blob_member(descriptor.digest.value),
                   [&] { return oci::Index::parse(bytes, descriptor.media_type); });
}

oci::Manifest parse_manifest(const std::string& bytes, const oci::Descriptor& descriptor)
{
    return reading(blob_member(descriptor.digest.value),
                   [&] { return oci::Manifest::parse(bytes, descriptor.media_type); });
}

oci::ImageConfigDocument parse_config(std::string bytes, std::string_view member,
                                      const PlanOptions& options)
{
    return reading(member, [&] {
        return oci::ImageConfigDocument::parse(std::move(bytes), options.max_layers);
    });
}

void take_layers(Archive& archive, const oci::Manifest& manifest, PlannedImage& image)
{
    oci::check_layers_match(manifest, *image.config);
    for (std::size_t i = 0; i < manifest.layers.size(); ++i) {
        const oci::Descriptor& descriptor = manifest.layers[i];
        const oci::DiffId& diff_id = image.config->diff_ids[i];
        const std::string member = blob_member(descriptor.digest.value);
        ArchivedLayer& layer = archive.layer(member, diff_id);
        if (layer.bytes != descriptor.size) {
            throw Error{Errc::corrupt,
                        fmt::format("archive member '{}' has {} bytes, and should have {}", member,
                                    layer.bytes, descriptor.size)};
        }
        check_digest(member, descriptor.digest.value, layer.digest);
        check_digest(member + " (uncompressed)", diff_id.value, layer.diff_id.value);
        image.layers.push_back(&layer);
    }
}

void keep_manifest(PlannedImage& image, std::string bytes)
{
    std::vector<OwnLayer> own;
    for (const ArchivedLayer* const layer : image.layers) {
        if (layer->is_compressed && !layer->blob_kept) {
            return;
        }
        own.push_back({.diff_id = layer->diff_id, .bytes = layer->bytes});
    }
    if (bytes != own_manifest(image.config.bytes(), own)) {
        image.manifest = std::move(bytes);
    }
}

void check_platform(const PlannedImage& image, const std::optional<oci::Platform>& wanted)
{
    const oci::Platform platform = image.config->platform();
    const std::string host = oci::Platform::host().os;
    if (platform.os != host) {
        throw Error{Errc::unsupported,
                    fmt::format("cannot load {} image on {}", platform.os, host)};
    }
    if (wanted && !oci::matches(*wanted, platform)) {
        const std::string name =
            image.names.empty() ? image.config.digest().str() : image.names.front().familiar();
        throw Error{Errc::not_found,
                    fmt::format("image {} is for {}, and not for {}", name, platform, *wanted)};
    }
}

} // namespace strata::engine
