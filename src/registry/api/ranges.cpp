// SPDX-License-Identifier: Apache-2.0
#include "registry/api/ranges.hpp"

#include "base/strings.hpp"

#include <algorithm>
#include <limits>

namespace strata::registry::api {
namespace {

/// A position in a blob. One that no number holds is behind every end, as any other that is.
std::optional<std::uint64_t> parse_position(std::string_view text) noexcept
{
    const bool digits = !text.empty() && text.find_first_not_of("0123456789") == text.npos;
    if (!digits) {
        return std::nullopt;
    }
    return parse_integer<std::uint64_t>(text).value_or(std::numeric_limits<std::uint64_t>::max());
}

constexpr RangeRequest kUnsatisfiable{RangeRequest::Kind::unsatisfiable, {}};

RangeRequest part(std::uint64_t first, std::uint64_t last, std::uint64_t size) noexcept
{
    if (first >= size || last < first) {
        return kUnsatisfiable;
    }
    return {RangeRequest::Kind::part, {first, std::min(last, size - 1) - first + 1}};
}

} // namespace

RangeRequest parse_range(std::string_view field, std::uint64_t size) noexcept
{
    constexpr std::string_view kUnit = "bytes=";
    if (field.size() < kUnit.size() || !equal_ignoring_case(field.substr(0, kUnit.size()), kUnit)) {
        return field.find('=') == field.npos ? kUnsatisfiable : RangeRequest{};
    }
    const std::string_view ranges = trim(field.substr(kUnit.size()));
    if (ranges.find(',') != ranges.npos) {
        return {};
    }
    const std::size_t dash = ranges.find('-');
    if (dash == ranges.npos || ranges.size() == 1) {
        return kUnsatisfiable;
    }
    const auto first = parse_position(trim(ranges.substr(0, dash)));
    const auto last = parse_position(trim(ranges.substr(dash + 1)));
    if (dash == 0) { // the last so many
        if (!last || *last == 0 || size == 0) {
            return kUnsatisfiable;
        }
        return part(size - std::min(*last, size), size - 1, size);
    }
    if (!first || (!last && dash + 1 != ranges.size())) {
        return kUnsatisfiable;
    }
    return part(*first, last.value_or(std::numeric_limits<std::uint64_t>::max()), size);
}

std::optional<ByteRange> parse_content_range(std::string_view field) noexcept
{
    field = trim(field);
    if (field.starts_with("bytes ")) {
        field.remove_prefix(6);
        const std::size_t slash = field.find('/');
        if (slash == field.npos) {
            return std::nullopt;
        }
        field = field.substr(0, slash);
    }
    const std::size_t dash = field.find('-');
    if (dash == field.npos) {
        return std::nullopt;
    }
    const auto first = parse_integer<std::uint64_t>(field.substr(0, dash));
    const auto last = parse_integer<std::uint64_t>(field.substr(dash + 1));
    constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
    if (!first || !last || *last < *first || *last > kMost) {
        return std::nullopt;
    }
    return ByteRange{*first, *last - *first + 1};
}

} // namespace strata::registry::api
