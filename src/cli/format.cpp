// SPDX-License-Identifier: Apache-2.0
#include "cli/format.hpp"

#include "base/id.hpp"
#include "cli/runes.hpp"
#include "cli/table.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <ctime>

namespace strata::cli {

std::string time_ago(Timestamp then, Timestamp now)
{
    return human_duration(now - then) + " ago";
}

std::string local_time(Timestamp time)
{
    const std::time_t seconds =
        std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
    std::tm parts{};
    if (localtime_r(&seconds, &parts) == nullptr) {
        return format_rfc3339_seconds(time);
    }
    const long offset = parts.tm_gmtoff / 60;
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} {}{:02}{:02} {}", parts.tm_year + 1900,
                       parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                       offset < 0 ? '-' : '+', std::labs(offset) / 60, std::labs(offset) % 60,
                       parts.tm_zone);
}

std::string ellipsis(std::string_view text, std::size_t columns)
{
    if (display_width(text) <= columns) {
        return std::string{text};
    }
    if (columns == 0) {
        return {};
    }
    std::string_view rest = text;
    std::size_t kept = 0;
    for (std::size_t width = 0; !rest.empty();) {
        const std::string_view before = rest;
        take_rune(rest);
        width += display_width(before.substr(0, before.size() - rest.size()));
        if (width + 1 > columns) {
            break;
        }
        kept = text.size() - rest.size();
    }
    return std::string{text.substr(0, kept)} + "…";
}

std::string short_digest(std::string_view digest)
{
    const std::size_t colon = digest.find(':');
    return std::string{short_id(digest.substr(colon == digest.npos ? 0 : colon + 1))};
}

} // namespace strata::cli
