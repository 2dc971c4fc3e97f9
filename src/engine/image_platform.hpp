// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oci/image_config.hpp"
#include "oci/platform.hpp"

#include <optional>
#include <string_view>

namespace strata::engine {

/// Throws Errc::not_found with Docker's words when the image is for another platform than `wanted`.
void check_platform(std::string_view name, const oci::ImageConfig& config,
                    const std::optional<oci::Platform>& wanted);

} // namespace strata::engine
