// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "registry/metrics/metrics.hpp"
#include "registry/storage/blob_files.hpp"

namespace strata::registry {

/// `files`, with the time of what is done to them counted as Distribution counts its driver's
/// actions (`registry_storage_action_seconds`). `metrics` must live longer.
std::unique_ptr<BlobFiles> metered(std::unique_ptr<BlobFiles> files, Metrics& metrics);

} // namespace strata::registry
