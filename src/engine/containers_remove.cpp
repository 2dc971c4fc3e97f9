// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "container/removal.hpp"
#include "engine/containers.hpp"
#include "engine/engine.hpp"
#include "store/store.hpp"

namespace strata::engine {

void remove_container(Engine& engine, std::string_view name, const RemoveContainer& options)
{
    const Container container = get_container(engine, name);
    if (container.state == container::State::running && !options.force) {
        throw Error{Errc::conflict,
                    fmt::format("cannot remove container \"/{}\": container is running: stop the "
                                "container before removing or force remove",
                                container.name)};
    }
    container::remove(engine.store(), container,
                      options.volumes ? container::AnonymousVolumes::remove
                                      : container::AnonymousVolumes::keep);
}

} // namespace strata::engine
