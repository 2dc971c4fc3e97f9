// SPDX-License-Identifier: Apache-2.0
#include "engine/image_platform.hpp"

#include "base/error.hpp"

namespace strata::engine {

void check_platform(std::string_view name, const oci::ImageConfig& config,
                    const std::optional<oci::Platform>& wanted)
{
    if (wanted && !oci::matches(*wanted, config.platform())) {
        throw Error{Errc::not_found,
                    fmt::format("image with reference {} was found but does not provide the "
                                "specified platform ({})",
                                name, *wanted)};
    }
}

} // namespace strata::engine
