// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oci/descriptor.hpp"
#include "oci/document.hpp"
#include "oci/media_type.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace strata::oci {

struct ImageConfig;

/// How long documents from others may be. A registry refuses larger manifests as well.
inline constexpr std::size_t kMaxManifestBytes = std::size_t{4} << 20;
inline constexpr std::size_t kMaxConfigBytes = std::size_t{8} << 20;

/// The config and the layers of one image, on one platform, or of an artifact that is no image.
struct Manifest {
    std::string media_type; // kManifest or kDockerManifest; never empty
    Descriptor config;
    std::vector<Descriptor> layers; // lowest first
    std::optional<Descriptor> subject{};
    StringMap annotations{};
    std::string artifact_type{};
    UnknownMembers unknown{};

    /// `content_type` is what came with the bytes, if anything did; it must not contradict them.
    ///
    /// Throws Errc::corrupt, naming the field: malformed, or ambiguous (CVE-2021-41190: something
    /// that one program reads as a manifest and another as an index). Errc::exhausted when it is
    /// too long or has more than `max_layers`. Errc::unsupported for schema 1.
    static Manifest parse(std::string_view text, std::string_view content_type = {},
                          std::size_t max_layers = kAnyNumber);
    std::string print() const;

    Family family() const noexcept;
};

/// One image for each of several platforms.
struct Index {
    std::string media_type; // kIndex or kDockerManifestList; never empty
    std::vector<Descriptor> manifests;
    std::optional<Descriptor> subject{};
    StringMap annotations{};
    std::string artifact_type{};
    UnknownMembers unknown{};

    /// As Manifest::parse().
    static Index parse(std::string_view text, std::string_view content_type = {});
    std::string print() const;

    Family family() const noexcept;

    /// The image that suits `platform` best, or nothing. Attestations are not images. An entry that
    /// names no platform suits only when nothing else does.
    const Descriptor* find(const Platform& platform) const;
};

/// Whichever it is. By the media type that it states, otherwise by what it holds.
std::variant<Manifest, Index> parse_manifest_or_index(std::string_view text,
                                                      std::string_view content_type = {});

/// Whether layer i of the manifest and diff id i of the config can be the same layer.
/// Throws Errc::corrupt when there are not equally many.
void check_layers_match(const Manifest& manifest, const ImageConfig& config);

using ManifestDocument = Document<Manifest>;
using IndexDocument = Document<Index>;

/// The file `oci-layout` at the root of a layout.
inline constexpr std::string_view kLayoutFile = R"({"imageLayoutVersion":"1.0.0"})";
/// Throws Errc::corrupt, or Errc::unsupported for another major version.
void check_layout_file(std::string_view text);

} // namespace strata::oci
