// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "container/container_store.hpp"
#include "engine/containers.hpp"
#include "oci/image_config.hpp"

namespace strata {
class Settings;
}

namespace strata::engine {

/// A container's config: the image's with the request over it, by Docker's rules. `id` gives it a
/// host name. Throws Errc::invalid_argument in Docker's words, Errc::unsupported for what we cannot
/// do (yet).
container::Config merge_config(const oci::ContainerConfig& image, const CreateContainer& request,
                               std::string_view id, const Settings& settings);

} // namespace strata::engine
