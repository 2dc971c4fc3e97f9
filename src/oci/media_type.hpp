// SPDX-License-Identifier: Apache-2.0
//
// The media types of the OCI image specification and of Docker's own, older one, and which of one
// means which of the other.
#pragma once

#include "io/compression.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace strata::oci {

enum class Family : std::uint8_t { oci, docker };

namespace media_type {

// clang-format off
inline constexpr std::string_view
    kManifest       = "application/vnd.oci.image.manifest.v1+json",
    kIndex          = "application/vnd.oci.image.index.v1+json",
    kConfig         = "application/vnd.oci.image.config.v1+json",
    kLayer          = "application/vnd.oci.image.layer.v1.tar",
    kLayerGzip      = "application/vnd.oci.image.layer.v1.tar+gzip",
    kLayerZstd      = "application/vnd.oci.image.layer.v1.tar+zstd",
    kLayoutHeader   = "application/vnd.oci.layout.header.v1+json",
    kEmpty          = "application/vnd.oci.empty.v1+json",

    kDockerManifest     = "application/vnd.docker.distribution.manifest.v2+json",
    kDockerManifestList = "application/vnd.docker.distribution.manifest.list.v2+json",
    kDockerConfig       = "application/vnd.docker.container.image.v1+json",
    kDockerLayer        = "application/vnd.docker.image.rootfs.diff.tar",
    kDockerLayerGzip    = "application/vnd.docker.image.rootfs.diff.tar.gzip",
    kDockerLayerZstd    = "application/vnd.docker.image.rootfs.diff.tar.zstd",

    kDockerSchema1       = "application/vnd.docker.distribution.manifest.v1+json",
    kDockerSchema1Signed = "application/vnd.docker.distribution.manifest.v1+prettyjws",
    kDockerPlugin        = "application/vnd.docker.plugin.v1+json";
// clang-format on

} // namespace media_type

/// Whether others may pass the layer on: foreign layers are to be fetched from where they name.
enum class Distribution : std::uint8_t { free, restricted };

struct LayerType {
    Family family = Family::oci;
    io::Compression compression = io::Compression::none;
    Distribution distribution = Distribution::free;

    friend bool operator==(const LayerType&, const LayerType&) = default;
};

/// What a layer's media type says; nothing for what is not the media type of a layer.
std::optional<LayerType> layer_type(std::string_view media_type);
/// Throws Errc::invalid_argument for a compression that has no media type (xz, bzip2).
std::string_view media_type_of(const LayerType& layer);

bool is_manifest(std::string_view media_type) noexcept;
bool is_index(std::string_view media_type) noexcept;
bool is_config(std::string_view media_type) noexcept;

/// `type/subtype` as RFC 6838 has it.
bool is_media_type(std::string_view text) noexcept;

} // namespace strata::oci
