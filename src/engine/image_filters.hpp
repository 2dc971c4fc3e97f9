// SPDX-License-Identifier: Apache-2.0
//
// `--filter` of what lists or prunes images: Docker's keys, Docker's errors.
#pragma once

#include "base/time.hpp"
#include "engine/images.hpp"
#include "store/image_store.hpp"

#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace strata::engine {

/// What an image must be.
struct ImageFilters {
    std::optional<bool> dangling;
    std::vector<std::string> labels;     // "key" or "key=value": all of them
    std::vector<std::string> not_labels; // none of them
    std::vector<std::string> references; // patterns: any of them
    std::int64_t before_ns = std::numeric_limits<std::int64_t>::max();
    std::int64_t since_ns = std::numeric_limits<std::int64_t>::min();
};

/// Reads filters whose keys are among `allowed`. Throws Errc::invalid_argument "invalid filter
/// 'x'", or Errc::not_found for the image of a `before`.
ImageFilters parse_image_filters(const std::vector<Filter>& filters,
                                 const std::vector<std::string_view>& allowed,
                                 const store::ImageStore& images, Timestamp now);

/// Everything but `dangling` and `reference`, which depend on names.
bool matches(const store::Image& image, const ImageFilters& filters);

/// Whether a shell pattern, whose stars stop at slashes, matches the familiar name with or without
/// its tag.
bool matches_reference(const oci::Reference& reference, const std::string& pattern);

} // namespace strata::engine
