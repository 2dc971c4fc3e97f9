// SPDX-License-Identifier: Apache-2.0
#include "cli/format.hpp"

#include "cli/table.hpp"
#include "cli/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <span>

namespace strata::cli {
namespace {

constexpr std::array<std::string_view, 7> kDecimalUnits{"B", "kB", "MB", "GB", "TB", "PB", "EB"};
constexpr std::array<std::string_view, 7> kBinaryUnits{"B",   "KiB", "MiB", "GiB",
                                                       "TiB", "PiB", "EiB"};

std::string scaled(std::uint64_t bytes, double base, int digits,
                   std::span<const std::string_view> units)
{
    double size = static_cast<double>(bytes);
    std::size_t unit = 0;
    // Rounded first: 999 999 bytes are 1MB. (Docker compares first, and shows 1e+03kB.)
    const double limit = base == 1000 ? 1000 - std::pow(10, 3 - digits) / 2 : base;
    while (size >= (unit == 0 ? base : limit) && unit + 1 < units.size()) {
        size /= base;
        ++unit;
    }
    return fmt::format("{:.{}g}{}", size, digits, units[unit]);
}

std::tm broken_down(std::int64_t seconds, std::tm* (*convert)(const std::time_t*, std::tm*))
{
    const std::time_t time = seconds;
    std::tm parts{};
    if (convert(&time, &parts) == nullptr) {
        parts.tm_mday = 1; // a year that does not fit an int
    }
    return parts;
}

std::string date_time(const std::tm& parts, char between)
{
    return fmt::format("{:04}-{:02}-{:02}{}{:02}:{:02}:{:02}", parts.tm_year + 1900,
                       parts.tm_mon + 1, parts.tm_mday, between, parts.tm_hour, parts.tm_min,
                       parts.tm_sec);
}

struct Range {
    char32_t first;
    char32_t last;
};
// Beyond ASCII: what Go does not count as printable, as far as text has it.
constexpr std::array kUnprintable{
    Range{0x80, 0xA0},     Range{0xAD, 0xAD},     Range{0x1680, 0x1680}, Range{0x2000, 0x200F},
    Range{0x2028, 0x202F}, Range{0x205F, 0x206F}, Range{0x3000, 0x3000}, Range{0xE000, 0xF8FF},
    Range{0xFEFF, 0xFEFF}, Range{0xFFF0, 0xFFFB}, Range{0xFFFE, 0xFFFF}, Range{0xE0000, 0x10FFFF},
};

bool is_printable(char32_t c)
{
    return c >= 0x20 && c != 0x7F && std::ranges::none_of(kUnprintable, [c](const Range& range) {
               return c >= range.first && c <= range.last;
           });
}

void append_escaped(std::string& quoted, char32_t c)
{
    constexpr std::string_view kEscapes = "\a\b\f\n\r\t\v";
    constexpr std::string_view kLetters = "abfnrtv";
    const std::size_t escape = c < 0x80 ? kEscapes.find(static_cast<char>(c)) : kEscapes.npos;
    if (escape != kEscapes.npos) {
        quoted += '\\';
        quoted += kLetters[escape];
    } else if (c == '"' || c == '\\') {
        quoted += '\\';
        quoted += static_cast<char>(c);
    } else if (is_printable(c)) {
        append_rune(quoted, c);
    } else {
        const auto value = static_cast<std::uint32_t>(c);
        quoted += c < 0x80      ? fmt::format("\\x{:02x}", value)
                  : c <= 0xFFFF ? fmt::format("\\u{:04x}", value)
                                : fmt::format("\\U{:08x}", value);
    }
}

std::string counted(std::int64_t count, std::string_view unit)
{
    return fmt::format("{} {}", count, unit);
}

} // namespace

std::string human_size(std::uint64_t bytes, int significant_digits)
{
    return scaled(bytes, 1000, significant_digits, kDecimalUnits);
}

std::string human_memory(std::uint64_t bytes)
{
    return scaled(bytes, 1024, 4, kBinaryUnits);
}

std::string human_duration(std::chrono::nanoseconds duration)
{
    using std::chrono::duration_cast;
    const std::int64_t seconds = duration_cast<std::chrono::seconds>(duration).count();
    const std::int64_t minutes = seconds / 60;
    const std::int64_t hours = (seconds + 1800) / 3600; // rounded, unlike all the others
    if (seconds < 1) {
        return "Less than a second";
    }
    if (seconds < 60) {
        return seconds == 1 ? "1 second" : counted(seconds, "seconds");
    }
    if (minutes < 60) {
        return minutes == 1 ? "About a minute" : counted(minutes, "minutes");
    }
    if (hours < 48) {
        return hours == 1 ? "About an hour" : counted(hours, "hours");
    }
    if (hours < 24 * 7 * 2) {
        return counted(hours / 24, "days");
    }
    if (hours < 24 * 30 * 2) {
        return counted(hours / 24 / 7, "weeks");
    }
    if (hours < 24 * 365 * 2) {
        return counted(hours / 24 / 30, "months");
    }
    return counted(seconds / 3600 / 24 / 365, "years");
}

std::string time_ago(std::int64_t then_ns)
{
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return time_ago(then_ns, std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

std::string time_ago(std::int64_t then_ns, std::int64_t now_ns)
{
    return human_duration(std::chrono::nanoseconds{now_ns - then_ns}) + " ago";
}

std::string local_time(std::int64_t seconds)
{
    const std::tm parts = broken_down(seconds, localtime_r);
    const long offset = parts.tm_gmtoff / 60;
    return fmt::format("{} {}{:02}{:02} {}", date_time(parts, ' '), offset < 0 ? '-' : '+',
                       std::abs(offset) / 60, std::abs(offset) % 60,
                       parts.tm_zone == nullptr ? "UTC" : parts.tm_zone);
}

std::string rfc3339(std::int64_t nanoseconds)
{
    constexpr std::int64_t kSecond = 1'000'000'000;
    const std::int64_t fraction = ((nanoseconds % kSecond) + kSecond) % kSecond;
    std::string text = date_time(broken_down((nanoseconds - fraction) / kSecond, gmtime_r), 'T');
    if (fraction != 0) {
        text += fmt::format(".{:09}", fraction);
        text.erase(text.find_last_not_of('0') + 1);
    }
    return text + 'Z';
}

std::string ellipsis(std::string_view text, std::size_t columns)
{
    if (display_width(text) <= columns) {
        return std::string{text};
    }
    std::string_view rest = text;
    std::string_view kept;
    while (!rest.empty()) {
        take_rune(rest);
        const std::string_view longer = text.substr(0, text.size() - rest.size());
        if (display_width(longer) + 1 > columns) {
            break;
        }
        kept = longer;
    }
    return columns == 0 ? "" : std::string{kept} + "…";
}

std::string go_quoted(std::string_view text)
{
    std::string quoted = "\"";
    while (!text.empty()) {
        const auto first = static_cast<unsigned char>(text[0]);
        const std::size_t before = text.size();
        const char32_t rune = take_rune(text);
        if (rune == kReplacement && before - text.size() == 1) {
            quoted += fmt::format("\\x{:02x}", first);
        } else {
            append_escaped(quoted, rune);
        }
    }
    return quoted + '"';
}

std::string short_id(std::string_view id)
{
    const std::size_t colon = id.find(':');
    return std::string{id.substr(colon == id.npos ? 0 : colon + 1).substr(0, 12)};
}

} // namespace strata::cli
