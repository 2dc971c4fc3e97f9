// SPDX-License-Identifier: Apache-2.0
//
// What the user's settings say about what comes in from strangers.
#pragma once

#include "store/layer_store.hpp"

#include <cstddef>

namespace strata {
class Settings;
}

namespace strata::engine {

/// How a layer is received: its limits, and memory.
store::ReceiveOptions receive_options(const Settings& settings);

/// How many layers an image may have.
std::size_t max_layers(const Settings& settings);

} // namespace strata::engine
