// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oci/digest.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace strata::store {

/// What the tables repeat of an image's config.
struct ConfigSummary {
    std::vector<oci::DiffId> layers; // lowest first
    std::int64_t created_ns = 0;
    std::vector<std::pair<std::string, std::string>> labels;
};

/// Throws Errc::invalid_argument or Errc::corrupt when it is not a config.
ConfigSummary summarize_config(std::string_view config);

} // namespace strata::store
