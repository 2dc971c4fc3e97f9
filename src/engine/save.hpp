// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/engine.hpp"
#include "oci/platform.hpp"
#include "sys/fd.hpp"
#include "sys/file.hpp"

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace strata::engine {

struct SaveImages {
    std::vector<std::string> names;        // as written; a bare repository means all its tags
    std::optional<oci::Platform> platform; // refuse images of another one
    std::function<void(const Progress&)> progress{};
    std::stop_token stop{}; // looked at between pieces: nothing interrupts a pipe that is full
};

/// Writes an archive of images to `out`, from where it stands, as `docker save` does since Docker
/// 25: an OCI layout and a docker archive in one, so that everybody can load it. Streams: nothing
/// is staged, and layers that images share are there once. The same images give the same bytes. An
/// image that came with a manifest whose blobs are here keeps it, and so its digests. Throws
/// Errc::not_found for a name, with Docker's words; cancelled.
void save_images(Engine& engine, const SaveImages& request, const sys::Fd& out);

/// The same into a file, which appears complete or not at all.
void save_images_to_file(Engine& engine, const SaveImages& request, const sys::Path& file);

} // namespace strata::engine
