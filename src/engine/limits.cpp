// SPDX-License-Identifier: Apache-2.0
#include "engine/limits.hpp"

#include "base/settings.hpp"

namespace strata::engine {

store::ReceiveOptions receive_options(const Settings& settings)
{
    store::ReceiveOptions options;
    options.limits.max_entries = settings.get<"max-layer-entries">();
    options.limits.max_bytes = settings.get<"max-layer-size">();
    options.limits.max_header_bytes = settings.get<"max-header-size">();
    options.limits.max_sparse_extents = settings.get<"max-sparse-extents">();
    options.pipeline_bytes = settings.get<"pipeline-memory">();
    return options;
}

std::size_t max_layers(const Settings& settings)
{
    return settings.get<"max-layers">();
}

} // namespace strata::engine
