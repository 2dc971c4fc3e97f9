// SPDX-License-Identifier: Apache-2.0
#include "oci/media_type.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <array>

namespace strata::oci {
namespace {

using io::Compression;
using namespace media_type;

struct NamedLayer {
    std::string_view name;
    LayerType type;
};

// clang-format off
constexpr auto kLayers = std::to_array<NamedLayer>({
    {kLayer,           {Family::oci, Compression::none}},
    {kLayerGzip,       {Family::oci, Compression::gzip}},
    {kLayerZstd,       {Family::oci, Compression::zstd}},
    {kDockerLayer,     {Family::docker, Compression::none}},
    {kDockerLayerGzip, {Family::docker, Compression::gzip}},
    {kDockerLayerZstd, {Family::docker, Compression::zstd}},
    {"application/vnd.oci.image.layer.nondistributable.v1.tar",      {Family::oci, Compression::none, Distribution::restricted}},
    {"application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", {Family::oci, Compression::gzip, Distribution::restricted}},
    {"application/vnd.oci.image.layer.nondistributable.v1.tar+zstd", {Family::oci, Compression::zstd, Distribution::restricted}},
    {"application/vnd.docker.image.rootfs.foreign.diff.tar",         {Family::docker, Compression::none, Distribution::restricted}},
    {"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",    {Family::docker, Compression::gzip, Distribution::restricted}},
    {"application/vnd.docker.image.rootfs.foreign.diff.tar.zstd",    {Family::docker, Compression::zstd, Distribution::restricted}},
});

struct Pair {
    std::string_view oci, docker;
};
constexpr auto kPairs = std::to_array<Pair>({
    {kManifest, kDockerManifest},
    {kIndex,    kDockerManifestList},
    {kConfig,   kDockerConfig},
});
// clang-format on

bool is_name(std::string_view name)
{
    const auto letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    constexpr std::string_view kOthers = "!#$&^_.+-";
    return !name.empty() && name.size() <= 127 && letter(name.front()) &&
           std::ranges::all_of(
               name, [&](char c) { return letter(c) || kOthers.find(c) != kOthers.npos; });
}

} // namespace

std::optional<LayerType> layer_type(std::string_view media_type)
{
    const auto* const found = std::ranges::find(kLayers, media_type, &NamedLayer::name);
    return found == kLayers.end() ? std::nullopt : std::optional{found->type};
}

std::string_view media_type_of(const LayerType& layer)
{
    const auto* const found = std::ranges::find(kLayers, layer, &NamedLayer::type);
    if (found == kLayers.end()) {
        throw Error{Errc::invalid_argument,
                    "only uncompressed layers and those in gzip and zstd have a media type"};
    }
    return found->name;
}

bool is_manifest(std::string_view media_type) noexcept
{
    return media_type == kManifest || media_type == kDockerManifest;
}

bool is_index(std::string_view media_type) noexcept
{
    return media_type == kIndex || media_type == kDockerManifestList;
}

bool is_config(std::string_view media_type) noexcept
{
    return media_type == kConfig || media_type == kDockerConfig;
}

bool is_media_type(std::string_view text) noexcept
{
    const std::size_t slash = text.find('/');
    return slash != text.npos && is_name(text.substr(0, slash)) && is_name(text.substr(slash + 1));
}

} // namespace strata::oci
