// SPDX-License-Identifier: Apache-2.0
//
// What `save` will write, decided before the first byte goes out.
#pragma once

#include "oci/digest.hpp"
#include "oci/platform.hpp"
#include "oci/reference.hpp"
#include "store/image_store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strata::store {
class Store;
}

namespace strata::engine {

/// An image, and the names that it is saved under.
struct NamedImage {
    store::Image image;
    std::vector<oci::Reference> names; // sorted
};
/// Throws Errc::not_found "No such image: x" or "reference does not exist".
std::vector<NamedImage> resolve_names(const store::ImageStore& images,
                                      const std::vector<std::string>& names);

struct SavedLayer {
    oci::DiffId diff_id;
    oci::Digest
        digest; // of the bytes as they are saved: the diff id, or that of the compressed blob
    std::uint64_t bytes = 0;
    std::string media_type;
    bool is_plain = true;
};

struct SavedImage {
    NamedImage named;
    std::string config{};
    std::string manifest{}; // bytes
    std::string manifest_media_type{};
    std::vector<SavedLayer> layers{};
    std::int64_t created_seconds = 0; // what its members are dated
};
/// `platform`: refuse an image of another one.
SavedImage prepare_image(store::Store& store, NamedImage named,
                         const std::optional<oci::Platform>& platform);

// The documents of the archive.
std::string index_json(const std::vector<SavedImage>& images);
std::string manifest_json(const std::vector<SavedImage>& images);
std::string repositories_json(const std::vector<SavedImage>& images);
inline constexpr std::string_view kOciLayoutJson =
    R"({"imageLayoutVersion": "1.0.0"})"; // Docker's bytes

} // namespace strata::engine
