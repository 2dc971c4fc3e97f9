// SPDX-License-Identifier: Apache-2.0
#include "oci/manifest.hpp"

#include "base/error.hpp"
#include "oci/codec.hpp"
#include "oci/image_config.hpp"

#include <algorithm>

namespace strata::oci {
namespace {

namespace bj = boost::json;
using namespace media_type;

enum class Kind { manifest, index };

constexpr std::string_view name_of(Kind kind)
{
    return kind == Kind::manifest ? "manifest" : "index";
}

bool is_of(Kind kind, std::string_view media_type)
{
    return kind == Kind::manifest ? is_manifest(media_type) : is_index(media_type);
}

bj::value read(std::string_view text, std::string_view what)
{
    return json::parse(text, what, {.max_bytes = kMaxManifestBytes});
}

void refuse_schema_1(const json::Field& root)
{
    const std::string media_type = root.string_or("mediaType");
    if (media_type == kDockerSchema1 || media_type == kDockerSchema1Signed ||
        root.get("schemaVersion").integer() == 1) {
        throw Error{Errc::unsupported,
                    "unsupported: a manifest of schema 1, which no registry has taken since 2019",
                    "Push the image again with a current program."};
    }
}

/// Refuses whatever somebody else could read as the other kind. (CVE-2021-41190: one digest that
/// names two images is as good as a broken hash.)
void refuse_ambiguous(const json::Field& root, Kind kind)
{
    const std::vector<std::string_view> others =
        kind == Kind::manifest ? std::vector<std::string_view>{"manifests", "fsLayers"}
                               : std::vector<std::string_view>{"config", "layers", "fsLayers"};
    for (const std::string_view key : others) {
        if (root.has(key)) {
            root.refuse(
                fmt::format("ambiguous: an image {} must not have '{}'", name_of(kind), key));
        }
    }
}

/// What both kinds have in common. Returns the media type: as stated inside, else as it was served,
/// else OCI's, whose documents may leave it out.
std::string check_head(const json::Field& root, Kind kind, std::string_view content_type)
{
    refuse_schema_1(root);
    if (root.get("schemaVersion").integer() != 2) {
        root.get("schemaVersion").refuse("expected 2");
    }
    std::string stated = root.string_or("mediaType");
    if (!stated.empty() && !is_of(kind, stated)) {
        root.get("mediaType")
            .refuse(fmt::format("{} is not the media type of an image {}",
                                json::quote(stated.substr(0, 200)), name_of(kind)));
    }
    const bool known = is_manifest(content_type) || is_index(content_type);
    if (known && (!is_of(kind, content_type) || (!stated.empty() && stated != content_type))) {
        root.refuse(fmt::format("was served as {}, and says that it is {}", content_type,
                                stated.empty() ? name_of(kind) : stated));
    }
    refuse_ambiguous(root, kind);
    if (!stated.empty()) {
        return stated;
    }
    return std::string{known ? content_type : kind == Kind::manifest ? kManifest : kIndex};
}

/// None where there is no list, or null: what Go prints for an empty one, and reads as one.
std::vector<Descriptor> descriptors(const json::Field& root, std::string_view key,
                                    std::size_t at_most)
{
    std::vector<Descriptor> result;
    const auto list = root.find(key);
    if (!list) {
        return result;
    }
    const auto elements = list->elements();
    if (elements.size() > at_most) {
        throw Error{Errc::exhausted, fmt::format("{}: {} {}, more than the {} allowed",
                                                 list->where(), elements.size(), key, at_most)};
    }
    for (const json::Field& element : elements) {
        result.push_back(codec::descriptor(element));
    }
    return result;
}

/// subject, annotations, artifactType and what we have no name for: the tail that both kinds share.
template <typename Document>
void read_tail(const json::Field& root, Document& document)
{
    if (const auto subject = root.find("subject")) {
        document.subject = codec::descriptor(*subject);
    }
    document.annotations = root.string_map_or_none("annotations");
    document.artifact_type = root.string_or("artifactType");
    // Whichever kind it is, it has nothing of the other's: refuse_ambiguous().
    document.unknown =
        codec::unknown_members(root, {"schemaVersion", "mediaType", "artifactType", "config",
                                      "layers", "manifests", "subject", "annotations"});
}

template <typename Document>
bj::object head(const Document& document)
{
    bj::object object;
    object["schemaVersion"] = 2;
    object["mediaType"] = document.media_type;
    codec::set_text(object, "artifactType", document.artifact_type);
    return object;
}

template <typename Document>
std::string print_with_tail(bj::object object, const Document& document)
{
    if (document.subject) {
        object["subject"] = codec::to_json(*document.subject);
    }
    if (!document.annotations.empty()) {
        object["annotations"] = codec::to_json(document.annotations);
    }
    codec::restore(object, document.unknown);
    return codec::print(object);
}

bj::array to_json(const std::vector<Descriptor>& descriptors)
{
    bj::array array;
    for (const Descriptor& descriptor : descriptors) {
        array.emplace_back(codec::to_json(descriptor));
    }
    return array;
}

Manifest manifest_from(const json::Field& root, std::string_view content_type,
                       std::size_t max_layers)
{
    std::string media_type = check_head(root, Kind::manifest, content_type);
    Manifest manifest{.media_type = std::move(media_type),
                      .config = codec::descriptor(root.get("config")),
                      .layers = descriptors(root, "layers", max_layers)};
    read_tail(root, manifest);
    return manifest;
}

Index index_from(const json::Field& root, std::string_view content_type)
{
    std::string media_type = check_head(root, Kind::index, content_type);
    Index index{.media_type = std::move(media_type),
                .manifests = descriptors(root, "manifests", kAnyNumber)};
    read_tail(root, index);
    return index;
}

bool is_attestation(const Descriptor& descriptor)
{
    return descriptor.annotation(annotation::kDockerReferenceType) ==
               annotation::kAttestationManifest ||
           (descriptor.platform && descriptor.platform->os == "unknown");
}

} // namespace

Manifest Manifest::parse(std::string_view text, std::string_view content_type,
                         std::size_t max_layers)
{
    const bj::value document = read(text, "manifest");
    return manifest_from(json::Field{document, "manifest"}, content_type, max_layers);
}

std::string Manifest::print() const
{
    bj::object object = head(*this);
    object["config"] = codec::to_json(config);
    object["layers"] = to_json(layers);
    return print_with_tail(std::move(object), *this);
}

Family Manifest::family() const noexcept
{
    return media_type == kDockerManifest ? Family::docker : Family::oci;
}

Index Index::parse(std::string_view text, std::string_view content_type)
{
    const bj::value document = read(text, "index");
    return index_from(json::Field{document, "index"}, content_type);
}

std::string Index::print() const
{
    bj::object object = head(*this);
    object["manifests"] = to_json(manifests);
    return print_with_tail(std::move(object), *this);
}

Family Index::family() const noexcept
{
    return media_type == kDockerManifestList ? Family::docker : Family::oci;
}

const Descriptor* Index::find(const Platform& platform) const
{
    for (const Platform& wanted : runnable_on(platform)) {
        for (const Descriptor& manifest : manifests) {
            if (manifest.platform && !is_attestation(manifest) &&
                matches(wanted, *manifest.platform)) {
                return &manifest;
            }
        }
    }
    const auto unspecific = std::ranges::find_if(manifests, [](const Descriptor& manifest) {
        return !manifest.platform && !is_attestation(manifest);
    });
    return unspecific == manifests.end() ? nullptr : &*unspecific;
}

std::variant<Manifest, Index> parse_manifest_or_index(std::string_view text,
                                                      std::string_view content_type)
{
    const bj::value document = read(text, "manifest");
    const json::Field root{document, "manifest"};
    const std::string stated = root.string_or("mediaType");
    const bool index =
        is_index(stated) || (stated.empty() && (is_index(content_type) || root.has("manifests")));
    if (index) {
        return index_from(json::Field{document, "index"}, content_type);
    }
    return manifest_from(root, content_type, kAnyNumber);
}

void check_layers_match(const Manifest& manifest, const ImageConfig& config)
{
    if (manifest.layers.size() != config.diff_ids.size()) {
        throw Error{Errc::corrupt, fmt::format("the manifest has {} layers, the config {}",
                                               manifest.layers.size(), config.diff_ids.size())};
    }
}

void check_layout_file(std::string_view text)
{
    const bj::value document = json::parse(text, "oci-layout", {.max_bytes = 64 << 10});
    const json::Field version = json::Field{document, "oci-layout"}.get("imageLayoutVersion");
    if (!version.string().starts_with("1.")) {
        throw Error{Errc::unsupported, fmt::format("oci-layout: unsupported: version {} (1.0.0 is "
                                                   "known)",
                                                   json::quote(version.string().substr(0, 32)))};
    }
}

} // namespace strata::oci
