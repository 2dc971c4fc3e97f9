// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oci/reference.hpp"
#include "store/image_store.hpp"

#include <vector>

namespace strata::engine {

/// "busybox:latest" and the like; sorted.
std::vector<oci::Reference> tags_of(const store::Image& image);

/// "busybox@sha256:…" as a registry gave it, and for every repository that the image has a tag in,
/// if it came with a manifest; sorted.
std::vector<oci::Reference> digests_of(const store::Image& image);

} // namespace strata::engine
