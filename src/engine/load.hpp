// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/engine.hpp"
#include "oci/platform.hpp"
#include "oci/reference.hpp"
#include "sys/fd.hpp"

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace strata::engine {

struct LoadImages {
    sys::Fd archive; // a file, a pipe, a socket
    std::optional<oci::Platform>
        platform; // of an archive that has an image for several; otherwise the host's
    std::function<void(const Progress&)> progress{};
    std::stop_token stop{};
};

struct LoadedImage {
    oci::ImageId id;
    std::vector<oci::Reference> names; // in the archive's order
    std::vector<std::pair<oci::Reference, oci::ImageId>>
        displaced; // names that another image had until now
};

/// Takes over the images of an archive: what `docker save` writes and has ever written, or an OCI
/// layout; compressed or not. Everything is verified before anything can be seen: after a failure
/// the store is as it was. Throws Errc::corrupt naming the member, unsupported, invalid_argument,
/// exhausted, cancelled.
std::vector<LoadedImage> load_images(Engine& engine, LoadImages request);

} // namespace strata::engine
