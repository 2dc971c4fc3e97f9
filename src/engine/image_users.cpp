// SPDX-License-Identifier: Apache-2.0
#include "engine/image_users.hpp"

#include "container/alive.hpp"
#include "container/container_store.hpp"
#include "store/image_store.hpp"
#include "store/store.hpp"

namespace strata::engine {

ImageUsers users_of(store::Store& store, const container::ContainerStore& containers,
                    db::Transaction& transaction, const oci::ImageId& image)
{
    ImageUsers users;
    for (const std::string& holder : store.images().holders(transaction, image)) {
        const auto id = container::container_of_holder(holder);
        if (!id) {
            continue;
        }
        const auto record = containers.find(*id);
        const bool is_running =
            record &&
            container::with_true_state(store.layout(), *record).state == container::State::running;
        (is_running ? users.running : users.stopped) = *id;
    }
    return users;
}

} // namespace strata::engine
