// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/fsck/context.hpp"
#include "store/layer_store.hpp"

#include <string>

namespace strata::store::fsck_steps {

/// What one look at a layer's folder found.
struct LayerCheck {
    Layer measured; // what its tar really holds
    bool tar_is_sound = false;
    std::string problem{}; // empty: everything is right
};

/// For layers that are here: so they were allowed, whatever the settings were then.
ReceiveOptions without_limits();

/// Hashes the tar, builds its index again (in memory) and compares. Thread-safe.
LayerCheck check_layer(const Layout& layout, const LayerDriver& driver, const oci::DiffId& id);

/// A row for a layer that has none: its files may still be there, whole. If not, the row says that
/// it is damaged, so that an image can list it, and whoever brings it again finds it absent.
void adopt_layer(const Context& context, const oci::DiffId& id);
void adopt_layer(const Context& context, const LayerCheck& check);

} // namespace strata::store::fsck_steps
