// SPDX-License-Identifier: Apache-2.0
#include "http/response_head.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace strata::http {
namespace {

constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void append_number(std::string& out, std::uint64_t number)
{
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

void append_two_digits(std::string& out, int number)
{
    out += static_cast<char>('0' + number / 10 % 10);
    out += static_cast<char>('0' + number % 10);
}

void append_harmless(std::string& out, std::string_view text)
{
    const std::size_t begin = out.size();
    out += text;
    const auto is_harm = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
    std::replace_if(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), is_harm, ' ');
}

void append_status_line(std::string& out, std::uint16_t status)
{
    out += "HTTP/1.1 ";
    append_number(out, status);
    out += ' ';
    out += reason_phrase(status);
    out += "\r\n";
}

/// Of the body that the response has, whether or not it will be sent; nothing if unknown.
std::optional<std::uint64_t> length_of(const Response& response)
{
    struct Visitor {
        std::optional<std::uint64_t> operator()(const std::monostate&) const { return 0; }
        std::optional<std::uint64_t> operator()(const std::string& text) const
        {
            return text.size();
        }
        std::optional<std::uint64_t> operator()(const SharedText& text) const
        {
            return text ? text->size() : 0;
        }
        std::optional<std::uint64_t> operator()(const FileRange& range) const
        {
            return range.length;
        }
        std::optional<std::uint64_t> operator()(const Streamed& stream) const
        {
            return stream.length;
        }
    };
    return std::visit(Visitor{}, response.body);
}

bool never_has_a_body(std::uint16_t status) noexcept
{
    return status < 200 || status == 204 || status == 304;
}

} // namespace

std::string_view DateLine::get()
{
    const std::time_t now = std::time(nullptr);
    if (now == second_) {
        return text_;
    }
    second_ = now;
    std::tm utc{};
    ::gmtime_r(&now, &utc);
    text_ = "Date: ";
    text_ += kDays[static_cast<std::size_t>(utc.tm_wday)];
    text_ += ", ";
    append_two_digits(text_, utc.tm_mday);
    text_ += ' ';
    text_ += kMonths[static_cast<std::size_t>(utc.tm_mon)];
    text_ += ' ';
    append_number(text_, static_cast<std::uint64_t>(utc.tm_year) + 1900);
    text_ += ' ';
    append_two_digits(text_, utc.tm_hour);
    text_ += ':';
    append_two_digits(text_, utc.tm_min);
    text_ += ':';
    append_two_digits(text_, utc.tm_sec);
    text_ += " GMT\r\n";
    return text_;
}

BodyPlan append_head(std::string& out, const Response& response, const AnswerTo& request,
                     std::string_view date_line)
{
    std::optional<std::uint64_t> length = length_of(response);
    if (length == 0U && (request.head || response.status == 304) && response.length_of_nothing) {
        length = response.length_of_nothing;
    }
    BodyPlan plan;
    plan.keep_alive = request.keep_alive;
    plan.send = !request.head && !never_has_a_body(response.status) && length_of(response) != 0U;
    if (plan.send && !length) {
        plan.chunked = !request.http_1_0;
        plan.keep_alive = plan.keep_alive && plan.chunked;
    }
    plan.length = plan.send ? length.value_or(0) : 0;

    append_status_line(out, response.status);
    out += date_line;
    if (!plan.keep_alive) {
        out += "Connection: close\r\n";
    } else if (request.http_1_0) {
        out += "Connection: keep-alive\r\n";
    }
    const bool announces = response.status >= 200 && response.status != 204 &&
                           (response.status != 304 || response.length_of_nothing);
    if (announces && length) {
        out += "Content-Length: ";
        append_number(out, *length);
        out += "\r\n";
    } else if (announces && !request.http_1_0) {
        out += "Transfer-Encoding: chunked\r\n";
    }
    for (const Field& field : response.fields) {
        append_harmless(out, field.name);
        out += ": ";
        append_harmless(out, field.value);
        out += "\r\n";
    }
    if (response.prepared_fields) {
        out += *response.prepared_fields;
    }
    out += "\r\n";
    return plan;
}

} // namespace strata::http
