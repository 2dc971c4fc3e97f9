// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "engine/engine.hpp"
#include "engine/images.hpp"
#include "store/image_store.hpp"
#include "store/store.hpp"

namespace strata::engine {

void tag_image(Engine& engine, std::string_view source, const oci::Reference& target)
{
    if (target.digest()) {
        throw Error{Errc::invalid_argument, "refusing to create a tag with a digest reference"};
    }
    if (target.familiar_name() == "sha256") {
        throw Error{Errc::invalid_argument,
                    "refusing to create an ambiguous tag using digest algorithm as name"};
    }
    store::ImageStore& images = engine.store().images();
    images.tag(images.get_as_written(source).id, target.with_default_tag());
}

} // namespace strata::engine
