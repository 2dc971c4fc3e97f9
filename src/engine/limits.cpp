// SPDX-License-Identifier: Apache-2.0
#include "engine/limits.hpp"

#include "base/settings.hpp"

namespace strata::engine {

io::TarLimits layer_limits(const Settings& settings)
{
    io::TarLimits limits;
    limits.max_entries = settings.get<"max-layer-entries">();
    limits.max_bytes = settings.get<"max-layer-size">();
    limits.max_header_bytes = settings.get<"max-header-size">();
    limits.max_sparse_extents = settings.get<"max-sparse-extents">();
    return limits;
}

} // namespace strata::engine
