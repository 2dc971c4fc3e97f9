// SPDX-License-Identifier: Apache-2.0
//
// `--change` of import and commit: Dockerfile instructions that change how a container of the image
// runs.
#pragma once

#include "oci/image_config.hpp"

#include <string>
#include <vector>

namespace strata::engine {

/// Applies CMD ENTRYPOINT ENV EXPOSE HEALTHCHECK LABEL ONBUILD SHELL STOPSIGNAL USER VOLUME
/// WORKDIR, in order; variables are replaced by what `config.env` says at that point. Throws
/// Errc::invalid_argument with Docker's words for anything else and for what is wrong with one of
/// them; `config` may then be half changed.
void apply_changes(oci::ContainerConfig& config, const std::vector<std::string>& instructions);

inline void apply_changes(oci::ImageConfig& config, const std::vector<std::string>& instructions)
{
    apply_changes(config.config, instructions);
}

} // namespace strata::engine
