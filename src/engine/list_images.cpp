// SPDX-License-Identifier: Apache-2.0
#include "engine/engine.hpp"
#include "engine/image_filters.hpp"
#include "engine/image_names.hpp"
#include "engine/images.hpp"
#include "store/image_store.hpp"
#include "store/store.hpp"
#include "store/usage.hpp"

#include <algorithm>
#include <set>

namespace strata::engine {
namespace {

std::vector<oci::Reference> matching(std::vector<oci::Reference> references,
                                     const ImageFilters& filters)
{
    if (filters.references.empty()) {
        return references;
    }
    std::vector<oci::Reference> kept;
    std::ranges::copy_if(
        references, std::back_inserter(kept), [&](const oci::Reference& reference) {
            return std::ranges::any_of(filters.references, [&](const std::string& pattern) {
                return matches_reference(reference, pattern);
            });
        });
    return kept;
}

/// Docker's rule for images without a name: leaves are shown, unless somebody asked for named ones;
/// what others were made from only with --all.
bool shows_unnamed(const ListImages& request, const ImageFilters& filters, bool is_parent)
{
    return (request.all == All::yes || !is_parent) && filters.dangling.value_or(true) &&
           filters.references.empty();
}

} // namespace

std::vector<ImageSummary> list_images(Engine& engine, const ListImages& request)
{
    const store::ImageStore& images = engine.store().images();
    const ImageFilters filters = parse_image_filters(
        request.filters, {"dangling", "label", "label!", "before", "since", "until", "reference"},
        images, now());
    const std::vector<store::Image> all = images.list();
    std::set<oci::ImageId> parents;
    for (const store::Image& image : all) {
        if (image.parent) {
            parents.insert(*image.parent);
        }
    }

    std::vector<ImageSummary> shown;
    for (const store::Image& image : all) {
        if (!matches(image, filters)) {
            continue;
        }
        std::vector<oci::Reference> tags = matching(tags_of(image), filters);
        std::vector<oci::Reference> digests = matching(digests_of(image), filters);
        const bool is_named = !tags.empty() || !digests.empty();
        const bool show = image.references.empty()
                              ? shows_unnamed(request, filters, parents.contains(image.id))
                              : is_named && !(filters.dangling.value_or(false) && !tags.empty());
        if (show) {
            shown.push_back({.id = image.id,
                             .parent = image.parent,
                             .tags = std::move(tags),
                             .digests = std::move(digests),
                             .created_ns = image.created_ns,
                             .size = image.size,
                             .labels = image.labels});
        }
    }
    return shown;
}

} // namespace strata::engine
