// SPDX-License-Identifier: Apache-2.0
//
// OCI layouts: what buildx, skopeo, ko and others write.
#include "base/error.hpp"
#include "engine/load_plan.hpp"

#include <algorithm>
#include <map>

namespace strata::engine {
namespace {

constexpr int kMaxNesting = 4; // index in index: one is usual, two have been seen
constexpr std::size_t kMaxImages = 1000;

/// containerd writes the full name in one annotation; the specification has another one, in which
/// skopeo puts whatever its user wrote. A tag alone names nothing.
std::optional<oci::Reference> name_of(const oci::Descriptor& descriptor)
{
    const std::string_view full = descriptor.annotation("io.containerd.image.name");
    const std::string_view reference = descriptor.annotation("org.opencontainers.image.ref.name");
    const bool names_more_than_a_tag = reference.find_first_of("/:") != std::string_view::npos;
    const std::string_view text = !full.empty()           ? full
                                  : names_more_than_a_tag ? reference
                                                          : std::string_view{};
    if (text.empty()) {
        return std::nullopt;
    }
    const auto name = oci::Reference::try_parse(text);
    if (!name) {
        throw Error{Errc::corrupt,
                    fmt::format("index.json: \"{}\" is not the name of an image", text)};
    }
    return name->digest() ? std::nullopt : std::optional{name->with_default_tag()};
}

bool is_attestation(const oci::Descriptor& descriptor)
{
    return !descriptor.annotation("vnd.docker.reference.type").empty() ||
           (descriptor.platform && descriptor.platform->os == "unknown");
}

/// The manifest of one image: itself, or the one of an index that suits.
struct Found {
    oci::Descriptor descriptor;
    std::string bytes;
};

class Layout {
public:
    Layout(Archive& archive, const PlanOptions& options)
        : archive_{archive}
        , options_{options}
        , wanted_{options.platform}
        , platform_{wanted_.value_or(oci::Platform::host())}
    {
    }

    std::vector<PlannedImage> plan()
    {
        if (archive_.contains("oci-layout")) {
            oci::check_layout_file(archive_.text("oci-layout"));
        }
        const oci::Index index = top_index(archive_);
        for (const oci::Descriptor& descriptor : candidates(index)) {
            add(descriptor);
        }
        if (images_.empty()) {
            throw Error{Errc::not_found, fmt::format("the archive has no image for {}", platform_)};
        }
        return std::move(images_);
    }

private:
    /// Of the entries that have the same name and say what they run on only the best is meant.
    std::vector<oci::Descriptor> candidates(const oci::Index& index) const
    {
        std::map<std::string, oci::Index> by_name;
        std::vector<oci::Descriptor> result;
        for (const oci::Descriptor& descriptor : index.manifests) {
            if (is_attestation(descriptor)) {
                continue;
            }
            if (!descriptor.platform) {
                result.push_back(descriptor);
                continue;
            }
            const auto name = name_of(descriptor);
            by_name[name ? name->str() : ""].manifests.push_back(descriptor);
        }
        for (const auto& [name, group] : by_name) {
            if (const oci::Descriptor* const best = group.find(platform_)) {
                result.push_back(*best);
            } else if (group.manifests.size() == 1 && !wanted_) {
                result.push_back(group.manifests.front()); // there is nothing to choose from
            }
        }
        return result;
    }

    void add(const oci::Descriptor& descriptor)
    {
        std::optional<Found> found = resolve(descriptor, 0);
        if (!found) {
            return;
        }
        const oci::Manifest manifest = parse_manifest(found->bytes, found->descriptor);
        if (!oci::is_config(manifest.config.media_type)) {
            return; // an artifact
        }
        const auto name = name_of(descriptor);
        const auto same = std::ranges::find_if(images_, [&](const PlannedImage& image) {
            return image.config.digest() == manifest.config.digest;
        });
        if (same == images_.end()) {
            if (images_.size() >= kMaxImages) {
                throw Error{Errc::exhausted,
                            fmt::format("the archive has more than {} images", kMaxImages)};
            }
            images_.push_back(plan_image(manifest, std::move(found->bytes), name));
        } else if (name && std::ranges::find(same->names, *name) == same->names.end()) {
            same->names.push_back(*name);
        }
    }

    std::optional<Found> resolve(const oci::Descriptor& descriptor, int depth)
    {
        if (!oci::is_index(descriptor.media_type)) {
            if (!oci::is_manifest(descriptor.media_type)) {
                return std::nullopt; // something that is no image
            }
            return Found{.descriptor = descriptor, .bytes = verified_text(archive_, descriptor)};
        }
        if (depth >= kMaxNesting) {
            throw Error{Errc::corrupt, fmt::format("archive member '{}' is nested too deeply",
                                                   blob_member(descriptor.digest.value))};
        }
        const oci::Index index = parse_index(verified_text(archive_, descriptor), descriptor);
        const oci::Descriptor* best = index.find(platform_);
        if (best == nullptr && !wanted_) {
            best = only_image(index);
        }
        if (best == nullptr) {
            throw Error{Errc::not_found, fmt::format("the archive has no image for {}: {}",
                                                     platform_, platforms_of(index))};
        }
        return resolve(*best, depth + 1);
    }

    static const oci::Descriptor* only_image(const oci::Index& index)
    {
        const oci::Descriptor* only = nullptr;
        for (const oci::Descriptor& descriptor : index.manifests) {
            if (!is_attestation(descriptor)) {
                if (only != nullptr) {
                    return nullptr;
                }
                only = &descriptor;
            }
        }
        return only;
    }

    static std::string platforms_of(const oci::Index& index)
    {
        std::vector<std::string> platforms;
        for (const oci::Descriptor& descriptor : index.manifests) {
            if (descriptor.platform && !is_attestation(descriptor)) {
                platforms.push_back(descriptor.platform->str());
            }
        }
        return platforms.empty() ? "it names no platforms"
                                 : fmt::format("it has {}", fmt::join(platforms, ", "));
    }

    PlannedImage plan_image(const oci::Manifest& manifest, std::string bytes,
                            const std::optional<oci::Reference>& name)
    {
        PlannedImage image{.config =
                               parse_config(verified_text(archive_, manifest.config),
                                            blob_member(manifest.config.digest.value), options_)};
        if (name) {
            image.names.push_back(*name);
        }
        check_platform(image, wanted_);
        take_layers(archive_, manifest, image);
        keep_manifest(image, std::move(bytes));
        return image;
    }

    Archive& archive_;
    const PlanOptions& options_;
    const std::optional<oci::Platform>& wanted_;
    oci::Platform platform_;
    std::vector<PlannedImage> images_;
};

} // namespace

std::vector<PlannedImage> plan_oci_layout(Archive& archive, const PlanOptions& options)
{
    return Layout{archive, options}.plan();
}

} // namespace strata::engine
