// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/engine.hpp"
#include "io/source.hpp"
#include "oci/platform.hpp"
#include "oci/reference.hpp"

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace strata::engine {

struct ImportImage {
    io::SourcePtr archive{};                 // a tar, compressed or not; or nothing, and
    std::string url{};                       // where to fetch it
    std::vector<std::string> changes{};      // Dockerfile instructions: engine/changes.hpp
    std::string message{};                   // empty: "Imported from -", or from the URL
    std::optional<oci::Platform> platform{}; // none: the host's
    std::optional<oci::Reference> name{};
    std::function<void(const Progress&)> progress{};
    std::stop_token stop{};
};

/// Makes an image of one layer from a file system in a tar. The same tar with the same options
/// gives the same id when SOURCE_DATE_EPOCH is set. Throws Errc::corrupt, invalid_argument,
/// exhausted, unavailable (the URL), cancelled.
oci::ImageId import_image(Engine& engine, ImportImage request);

} // namespace strata::engine
