// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oci/digest.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace strata::engine {

struct OwnLayer {
    oci::DiffId diff_id;
    std::uint64_t bytes = 0; // of its tar
};

/// The manifest that an image gets when it has come with none: its config and its layers,
/// uncompressed. The bytes are those that `docker save` writes, so that a digest does not depend on
/// who saved.
std::string own_manifest(std::string_view config, const std::vector<OwnLayer>& layers);

} // namespace strata::engine
