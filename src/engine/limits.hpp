// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/tar_reader.hpp"

namespace strata {
class Settings;
}

namespace strata::engine {

/// What the tar of a layer may be, by the settings.
io::TarLimits layer_limits(const Settings& settings);

} // namespace strata::engine
