// SPDX-License-Identifier: Apache-2.0
#include "engine/engine.hpp"

#include "container/container_store.hpp"

namespace strata::engine {

Engine::Engine(EngineOptions options, const Settings& settings)
    : options_{std::move(options)}, settings_{settings}
{
}

Engine::~Engine() = default;

store::Store& Engine::store()
{
    if (!store_) {
        store::StoreOptions options;
        options.layout = options_.layout;
        options.driver = options_.driver;
        options.add_tables = container::add_tables;
        store_ = std::make_unique<store::Store>(options);
    }
    return *store_;
}

} // namespace strata::engine
