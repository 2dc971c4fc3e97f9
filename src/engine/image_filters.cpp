// SPDX-License-Identifier: Apache-2.0
#include "engine/image_filters.hpp"

#include "base/error.hpp"
#include "engine/point_in_time.hpp"

#include <algorithm>
#include <fnmatch.h>

namespace strata::engine {
namespace {

bool parse_truth(const Filter& filter)
{
    for (const std::string_view yes : {"1", "t", "T", "TRUE", "true", "True"}) {
        if (filter.second == yes) {
            return true;
        }
    }
    for (const std::string_view no : {"0", "f", "F", "FALSE", "false", "False"}) {
        if (filter.second == no) {
            return false;
        }
    }
    throw Error{Errc::invalid_argument,
                fmt::format("invalid filter '{}=[{}]'", filter.first, filter.second)};
}

bool has_label(const store::Image& image, const std::string& wanted)
{
    const auto equals = wanted.find('=');
    const std::string_view key = std::string_view{wanted}.substr(0, equals);
    return std::ranges::any_of(image.labels, [&](const auto& label) {
        return label.first == key &&
               (equals == std::string::npos || label.second == wanted.substr(equals + 1));
    });
}

} // namespace

ImageFilters parse_image_filters(const std::vector<Filter>& filters,
                                 const std::vector<std::string_view>& allowed,
                                 const store::ImageStore& images, Timestamp now)
{
    ImageFilters result;
    for (const Filter& filter : filters) {
        const auto& [key, value] = filter;
        if (std::ranges::find(allowed, key) == allowed.end()) {
            throw Error{Errc::invalid_argument, fmt::format("invalid filter '{}'", key)};
        }
        if (key == "dangling") {
            result.dangling = parse_truth(filter);
        } else if (key == "label") {
            result.labels.push_back(value);
        } else if (key == "label!") {
            result.not_labels.push_back(value);
        } else if (key == "reference") {
            result.references.push_back(value);
        } else if (key == "before") {
            result.before_ns = std::min(result.before_ns, images.get_as_written(value).created_ns);
        } else if (key == "since") {
            result.since_ns = std::max(result.since_ns, images.get_as_written(value).created_ns);
        } else if (key == "until") {
            const Timestamp until = parse_point_in_time(value, now);
            result.before_ns =
                std::min<std::int64_t>(result.before_ns, until.time_since_epoch().count());
        }
    }
    return result;
}

bool matches(const store::Image& image, const ImageFilters& filters)
{
    const auto has = [&](const std::string& label) { return has_label(image, label); };
    return image.created_ns < filters.before_ns && image.created_ns > filters.since_ns &&
           std::ranges::all_of(filters.labels, has) &&
           std::ranges::none_of(filters.not_labels, has);
}

bool matches_reference(const oci::Reference& reference, const std::string& pattern)
{
    const auto match = [&](const std::string& text) {
        return ::fnmatch(pattern.c_str(), text.c_str(), FNM_PATHNAME) == 0;
    };
    return match(reference.familiar()) || match(reference.familiar_name());
}

} // namespace strata::engine
