// SPDX-License-Identifier: Apache-2.0
//
// What an archive holds, once all of it has been seen: images whose every byte has been verified,
// ready to be published.
#pragma once

#include "base/error.hpp"
#include "engine/archive.hpp"
#include "oci/image_config.hpp"
#include "oci/manifest.hpp"
#include "oci/platform.hpp"
#include "oci/reference.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strata::engine {

struct PlannedImage {
    oci::ImageConfigDocument config;
    std::vector<ArchivedLayer*> layers{}; // lowest first; owned by the archive
    std::vector<oci::Reference> names{};
    std::string parent{};                  // an image id, as the archive writes it
    std::optional<std::string> manifest{}; // if it says more than we could say ourselves
};

struct PlanOptions {
    std::optional<oci::Platform> platform{};  // none: the host's, if there is a choice
    std::size_t max_layers = oci::kAnyNumber; // of one image
};

/// Finds out which kind of archive it is, and plans. Throws Errc::corrupt for every lie, naming the
/// member; Errc::exhausted past a limit.
std::vector<PlannedImage> plan_load(Archive& archive, const PlanOptions& options = {});

// The kinds, each in a file of its own.
std::vector<PlannedImage> plan_docker_archive(Archive& archive, const PlanOptions& options);
std::vector<PlannedImage> plan_v1_archive(Archive& archive, const PlanOptions& options);
std::vector<PlannedImage> plan_oci_layout(Archive& archive, const PlanOptions& options);

// What they share.

/// "blobs/sha256/<hex>".
std::string blob_member(const oci::Digest& digest);
/// Runs `body`; an Error that leaves it names the member.
template <typename Body>
auto reading(std::string_view member, Body&& body)
{
    return in_context([&] { return fmt::format("reading archive member '{}'", member); },
                      std::forward<Body>(body));
}

/// Throws Errc::corrupt unless `found` is what `member` was said to be.
void check_digest(std::string_view member, const oci::Digest& expected, const oci::Digest& found);
/// A blob of an OCI layout, verified against its descriptor.
std::string verified_text(Archive& archive, const oci::Descriptor& descriptor);
/// index.json, and the documents that descriptors lead to.
oci::Index top_index(Archive& archive);
oci::Index parse_index(const std::string& bytes, const oci::Descriptor& descriptor);
oci::Manifest parse_manifest(const std::string& bytes, const oci::Descriptor& descriptor);
oci::ImageConfigDocument parse_config(std::string bytes, std::string_view member,
                                      const PlanOptions& options);
/// Takes the layers of a manifest, verified against its descriptors and against the diff ids of the
/// image's config.
void take_layers(Archive& archive, const oci::Manifest& manifest, PlannedImage& image);
/// Keeps a manifest for saving and pushing later, unless we would write the same one, or its blobs
/// are not kept.
void keep_manifest(PlannedImage& image, std::string bytes);
/// Throws when the image cannot be of use here.
void check_platform(const PlannedImage& image, const std::optional<oci::Platform>& wanted);

} // namespace strata::engine
