// SPDX-License-Identifier: Apache-2.0
#include "engine/image_users.hpp"

#include "store/image_store.hpp"
#include "store/store.hpp"

namespace strata::engine {

ImageUsers users_of(store::Store& store, db::Transaction& transaction, const oci::ImageId& image)
{
    constexpr std::string_view kContainer = "container:";
    ImageUsers users;
    for (const std::string& holder : store.images().holders(transaction, image)) {
        if (holder.starts_with(kContainer)) {
            users.stopped = holder.substr(kContainer.size());
        }
    }
    return users;
}

} // namespace strata::engine
