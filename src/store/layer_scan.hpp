// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "erofs/index.hpp"
#include "store/layer_store.hpp"

#include <functional>

namespace strata::store {

struct LayerScan {
    oci::DiffId diff_id;
    std::uint64_t bytes = 0;
};

/// One pass over an uncompressed tar: hashed, its entries given to `builder`, and the stream to
/// `write` if there is one, all at once on threads of their own.
LayerScan scan_layer(io::Source& tar, erofs::IndexBuilder& builder, const ReceiveOptions& options,
                     std::function<void(io::Source&)> write = {});

} // namespace strata::store
