// SPDX-License-Identifier: Apache-2.0
#include "engine/image_names.hpp"

#include <algorithm>
#include <set>

namespace strata::engine {

std::vector<oci::Reference> tags_of(const store::Image& image)
{
    std::vector<oci::Reference> tags;
    std::ranges::copy_if(image.references, std::back_inserter(tags),
                         [](const oci::Reference& reference) { return !reference.digest(); });
    return tags;
}

std::vector<oci::Reference> digests_of(const store::Image& image)
{
    std::set<oci::Reference> digests;
    for (const oci::Reference& reference : image.references) {
        if (reference.digest()) {
            digests.insert(reference.name_only().with_digest(*reference.digest()));
        } else if (image.manifest) {
            digests.insert(reference.name_only().with_digest(image.manifest->value));
        }
    }
    return {digests.begin(), digests.end()};
}

} // namespace strata::engine
