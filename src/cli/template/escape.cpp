// SPDX-License-Identifier: Apache-2.0
#include "cli/template/escape.hpp"

#include "cli/runes.hpp"

#include <fmt/format.h>

namespace strata::cli::templates {
namespace {

std::string_view html_entity(char c)
{
    switch (c) {
    case '"':
        return "&#34;";
    case '\'':
        return "&#39;";
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '\0':
        return "\xEF\xBF\xBD";
    default:
        return {};
    }
}

bool is_plain_in_query(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~';
}

} // namespace

std::string escape_html(std::string_view text)
{
    std::string escaped;
    for (const char c : text) {
        const std::string_view entity = html_entity(c);
        escaped += entity.empty() ? std::string_view{&c, 1} : entity;
    }
    return escaped;
}

std::string escape_js(std::string_view text)
{
    std::string escaped;
    while (!text.empty()) {
        const std::string_view before = text;
        const char32_t rune = take_rune(text);
        if (rune == '\\' || rune == '\'' || rune == '"') {
            escaped += '\\';
            escaped += static_cast<char>(rune);
        } else if (rune < 0x20 || rune == '<' || rune == '>' || rune == '&' || rune == '=' ||
                   rune == 0x7F || (rune >= 0x80 && rune < 0xA0)) {
            escaped += fmt::format("\\u{:04X}", static_cast<std::uint32_t>(rune));
        } else {
            escaped += before.substr(0, before.size() - text.size());
        }
    }
    return escaped;
}

std::string escape_query(std::string_view text)
{
    std::string escaped;
    for (const char c : text) {
        if (c == ' ') {
            escaped += '+';
        } else if (is_plain_in_query(c)) {
            escaped += c;
        } else {
            escaped += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return escaped;
}

} // namespace strata::cli::templates
