// SPDX-License-Identifier: Apache-2.0
#include "container/alive.hpp"
#include "container/removal.hpp"
#include "engine/containers.hpp"
#include "engine/engine.hpp"
#include "store/store.hpp"

namespace strata::engine {

void remove_container(Engine& engine, std::string_view name, const RemoveContainer& options)
{
    const Container container = get_container(engine, name);
    container::remove(engine.store(), container,
                      options.force ? container::Running::kill : container::Running::refuse,
                      options.volumes ? container::AnonymousVolumes::remove
                                      : container::AnonymousVolumes::keep);
    container::collect_leftovers(engine.store(), container::ContainerStore{engine.store()});
}

} // namespace strata::engine
