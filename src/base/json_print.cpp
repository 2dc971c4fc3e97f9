// SPDX-License-Identifier: Apache-2.0
//
// Go's encoding/json, as far as bytes go: which characters are escaped and how, how numbers look,
// where line breaks are. Boost's own serializer differs in all three.
#include "base/json.hpp"
#include "base/strings.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iterator>

namespace strata::json {
namespace {

namespace bj = boost::json;

std::string_view as_view(const bj::string& text)
{
    return {text.data(), text.size()};
}

std::string_view as_view(bj::string_view text)
{
    return {text.data(), text.size()};
}

void append_character(std::string& out, const Utf8Character& character, std::string_view bytes,
                      EscapeHtml escape_html)
{
    static constexpr std::string_view kShort = "\b\f\n\r\t\\\"";
    static constexpr std::string_view kLetters = "bfnrt\\\"";
    const char32_t c = character.value;
    if (!character.valid) {
        out += "\\ufffd";
        return;
    }
    const std::size_t found = c < 0x80 ? kShort.find(static_cast<char>(c)) : kShort.npos;
    // The two line separators are legal in JSON, and were not in JavaScript.
    const bool separator = c == 0x2028 || c == 0x2029;
    const bool markup = escape_html == EscapeHtml::yes && (c == '<' || c == '>' || c == '&');
    if (found != kShort.npos) {
        out += '\\';
        out += kLetters[found];
    } else if (c < 0x20 || separator || markup) {
        constexpr std::string_view hex = "0123456789abcdef"; // none of them is beyond U+FFFF
        const char escape[] = {
            '\\', 'u', hex[c >> 12 & 15], hex[c >> 8 & 15], hex[c >> 4 & 15], hex[c & 15]};
        out.append(escape, sizeof escape);
    } else {
        out += bytes;
    }
}

/// How many bytes at the front of `text` go as they are, whatever the options.
std::size_t plain_length(std::string_view text)
{
    const auto special = [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte >= 0x80 || c == '"' || c == '\\' || c == '<' || c == '>' ||
               c == '&';
    };
    return static_cast<std::size_t>(std::ranges::find_if(text, special) - text.begin());
}

void append_string(std::string& out, std::string_view text, EscapeHtml escape_html)
{
    out += '"';
    while (!text.empty()) {
        // In long runs: container logs come through here.
        if (const std::size_t plain = plain_length(text); plain > 0) {
            out.append(text, 0, plain);
            text.remove_prefix(plain);
            continue;
        }
        const Utf8Character character = decode_utf8(text);
        append_character(out, character, text.substr(0, character.bytes), escape_html);
        text.remove_prefix(character.bytes);
    }
    out += '"';
}

/// The shortest form that reads back as the same number; with an exponent only when very large or
/// very small, and then with no leading zero in it.
void append_double(std::string& out, double number)
{
    if (!std::isfinite(number)) {
        out += "null"; // cannot come out of JSON, and JSON has no word for it
        return;
    }
    const double size = std::fabs(number);
    const bool exponent = size != 0 && (size < 1e-6 || size >= 1e21);
    std::array<char, 64> digits{};
    const auto [end, error] =
        std::to_chars(digits.data(), digits.data() + digits.size(), number,
                      exponent ? std::chars_format::scientific : std::chars_format::fixed);
    std::string text{digits.data(), end};
    if (const std::size_t zero = text.find("e-0"); zero != text.npos) {
        text.erase(zero + 2, 1);
    }
    out += text;
}

class Printer {
public:
    explicit Printer(const PrintOptions& options) : options_{options} {}

    std::string take() && { return std::move(out_); }

    void value(const bj::value& value)
    {
        switch (value.kind()) {
        case bj::kind::null:
            out_ += "null";
            break;
        case bj::kind::bool_:
            out_ += value.get_bool() ? "true" : "false";
            break;
        case bj::kind::int64:
            out_ += fmt::to_string(value.get_int64());
            break;
        case bj::kind::uint64:
            out_ += fmt::to_string(value.get_uint64());
            break;
        case bj::kind::double_:
            append_double(out_, value.get_double());
            break;
        case bj::kind::string:
            string(as_view(value.get_string()));
            break;
        case bj::kind::array:
            array(value.get_array());
            break;
        case bj::kind::object:
            object(value.get_object());
            break;
        }
    }

    void object(const bj::object& object)
    {
        std::vector<const bj::key_value_pair*> members;
        members.reserve(object.size());
        for (const bj::key_value_pair& member : object) {
            members.push_back(&member);
        }
        if (options_.sort_keys == SortKeys::yes) {
            std::ranges::sort(members, {},
                              [](const auto* member) { return as_view(member->key()); });
        }
        open('{');
        for (const bj::key_value_pair* member : members) {
            next();
            string(as_view(member->key()));
            out_ += options_.indent.empty() ? ":" : ": ";
            value(member->value());
        }
        close('}');
    }

private:
    void array(const bj::array& array)
    {
        open('[');
        for (const bj::value& element : array) {
            next();
            value(element);
        }
        close(']');
    }

    void string(std::string_view text) { append_string(out_, text, options_.escape_html); }

    void open(char bracket)
    {
        out_ += bracket;
        empty_ = true;
        ++depth_;
    }

    void next()
    {
        if (!empty_) {
            out_ += ',';
        }
        empty_ = false;
        line_break();
    }

    void close(char bracket)
    {
        --depth_;
        if (!empty_) {
            line_break();
        }
        out_ += bracket;
        empty_ = false; // what it is in has at least this
    }

    void line_break()
    {
        if (options_.indent.empty()) {
            return;
        }
        out_ += '\n';
        for (std::size_t i = 0; i < depth_; ++i) {
            out_ += options_.indent;
        }
    }

    const PrintOptions& options_;
    std::string out_;
    std::size_t depth_ = 0;
    bool empty_ = true; // whether the innermost open bracket has nothing in it yet
};

} // namespace

std::string print(const bj::value& value, const PrintOptions& options)
{
    Printer printer{options};
    printer.value(value);
    return std::move(printer).take();
}

std::string print(const bj::object& object, const PrintOptions& options)
{
    Printer printer{options};
    printer.object(object);
    return std::move(printer).take();
}

std::string quote(std::string_view text, EscapeHtml escape_html)
{
    std::string out;
    append_string(out, text, escape_html);
    return out;
}

} // namespace strata::json
