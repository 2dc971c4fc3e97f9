// SPDX-License-Identifier: Apache-2.0
#include "engine/point_in_time.hpp"

#include "base/duration.hpp"
#include "base/error.hpp"
#include "base/strings.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <optional>

namespace strata::engine {
namespace {

constexpr std::string_view kFirstInstant = "0000-01-01T00:00:00";
constexpr std::array<std::size_t, 4> kParts{10, 13, 16, 19}; // where a part of it may end

std::optional<Timestamp> seconds_since_1970(std::string_view text)
{
    const auto point = text.find('.');
    const auto seconds = parse_integer<std::int64_t>(text.substr(0, point));
    constexpr std::int64_t kFarthest = 9'000'000'000; // what a Timestamp holds
    if (!seconds || *seconds > kFarthest || *seconds < -kFarthest) {
        return std::nullopt;
    }
    std::string fraction{point == std::string_view::npos ? std::string_view{}
                                                         : text.substr(point + 1)};
    fraction.resize(9, '0');
    const auto nanoseconds = parse_integer<std::int64_t>(fraction);
    if (!nanoseconds || *nanoseconds < 0) {
        return std::nullopt;
    }
    return Timestamp{std::chrono::seconds{*seconds} + std::chrono::nanoseconds{*nanoseconds}};
}

/// A part of RFC 3339 without a zone.
std::optional<Timestamp> local_time(std::string_view text)
{
    if (std::ranges::find(kParts, text.size()) == kParts.end()) {
        return std::nullopt;
    }
    // Checked as if it were complete and UTC; then its parts are read again as local ones.
    std::string whole{text};
    whole += kFirstInstant.substr(text.size());
    try {
        static_cast<void>(parse_rfc3339(whole + "Z"));
    } catch (const Error&) {
        return std::nullopt;
    }
    const auto number = [&](std::size_t at, std::size_t length) {
        return parse_integer<int>(std::string_view{whole}.substr(at, length)).value_or(0);
    };
    std::tm parts{};
    parts.tm_year = number(0, 4) - 1900;
    parts.tm_mon = number(5, 2) - 1;
    parts.tm_mday = number(8, 2);
    parts.tm_hour = number(11, 2);
    parts.tm_min = number(14, 2);
    parts.tm_sec = number(17, 2);
    parts.tm_isdst = -1;
    return Timestamp{std::chrono::seconds{std::mktime(&parts)}};
}

} // namespace

Timestamp parse_point_in_time(std::string_view text, Timestamp now)
{
    if (!text.empty() && text.find_first_not_of("0123456789.-") == std::string_view::npos) {
        if (const auto found = seconds_since_1970(text)) {
            return *found;
        }
    }
    if (const auto found = local_time(text)) {
        return *found;
    }
    if (text.find('T') != std::string_view::npos) {
        return parse_rfc3339(text);
    }
    try {
        return now - parse_duration(text);
    } catch (const Error&) {
        throw Error{Errc::invalid_argument,
                    fmt::format("failed to parse value as time or duration: {}", go_quote(text))};
    }
}

} // namespace strata::engine
