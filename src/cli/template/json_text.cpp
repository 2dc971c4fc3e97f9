// SPDX-License-Identifier: Apache-2.0
#include "cli/template/json_text.hpp"

#include "cli/template/print.hpp"
#include "cli/utf8.hpp"

#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace strata::cli::templates {
namespace {

namespace json = boost::json;
using Form = Type::Form;

void append_document(std::string& text, const json::value* value, const Type* type);

void append_absent(std::string& text, const Type* type)
{
    if (type == nullptr) {
        text += "null";
        return;
    }
    switch (type->form) {
    case Form::boolean:
        text += "false";
        return;
    case Form::integer:
    case Form::real:
        text += '0';
        return;
    case Form::string:
        text += "\"\"";
        return;
    case Form::list:
    case Form::map:
    case Form::set:
    case Form::structure:
    case Form::pointer:
        text += "null";
        return;
    }
}

/// A structure keeps the order of the document, which is the API's; what Go holds in a map comes
/// out sorted.
void append_object(std::string& text, const json::object& object, const Type* type)
{
    std::vector<const json::key_value_pair*> members;
    for (const json::key_value_pair& member : object) {
        members.push_back(&member);
    }
    const bool is_structure = type != nullptr && type->form == Form::structure;
    if (!is_structure) {
        std::ranges::sort(members, {},
                          [](const auto* member) { return std::string_view{member->key()}; });
    }
    char separator = '{';
    for (const json::key_value_pair* const member : members) {
        const Type* element = type == nullptr ? nullptr : type->element;
        if (is_structure) {
            const auto field =
                std::ranges::find(type->fields, std::string_view{member->key()}, &Field::key);
            element = field == type->fields.end() ? nullptr : field->type;
        }
        text += separator;
        append_json_string(text, member->key(), EscapeHtml::no);
        text += ':';
        append_document(text, &member->value(), element);
        separator = ',';
    }
    text += members.empty() ? "{}" : "}";
}

void append_array(std::string& text, const json::array& array, const Type* type)
{
    char separator = '[';
    for (const json::value& element : array) {
        text += separator;
        append_document(text, &element, type == nullptr ? nullptr : type->element);
        separator = ',';
    }
    text += array.empty() ? "[]" : "]";
}

void append_document(std::string& text, const json::value* value, const Type* type)
{
    type =
        type != nullptr && type->form == Form::pointer && value != nullptr ? type->element : type;
    if (value == nullptr || value->is_null()) {
        append_absent(text, type);
    } else if (value->is_object()) {
        append_object(text, value->get_object(), type);
    } else if (value->is_array()) {
        append_array(text, value->get_array(), type);
    } else if (value->is_string()) {
        append_json_string(text, value->get_string(), EscapeHtml::no);
    } else if (value->is_double()) {
        text += shortest(value->get_double(), Notation::json);
    } else if (value->is_uint64()) {
        text += fmt::format("{}", value->get_uint64());
    } else if (value->is_int64()) {
        text += fmt::format("{}", value->get_int64());
    } else {
        text += value->get_bool() ? "true" : "false";
    }
}

} // namespace

void append_json_string(std::string& text, std::string_view value, EscapeHtml escape_html)
{
    text += '"';
    while (!value.empty()) {
        const std::size_t before = value.size();
        const char32_t rune = take_rune(value);
        constexpr std::string_view kEscaped = "\"\\\b\f\n\r\t";
        constexpr std::string_view kLetters = "\"\\bfnrt";
        const std::size_t escape =
            rune < 0x80 ? kEscaped.find(static_cast<char>(rune)) : kEscaped.npos;
        const bool is_html = rune == '<' || rune == '>' || rune == '&';
        if (escape != kEscaped.npos) {
            text += '\\';
            text += kLetters[escape];
        } else if (rune == kReplacement && before - value.size() == 1) {
            text += "\\ufffd"; // a byte that is no UTF-8
        } else if (rune < 0x20 || rune == 0x2028 || rune == 0x2029 ||
                   (is_html && escape_html == EscapeHtml::yes)) {
            text += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(rune));
        } else {
            append_rune(text, rune);
        }
    }
    text += '"';
}

void append_json(std::string& text, const Value& value)
{
    if (value.is<std::monostate>()) {
        text += "null";
    } else if (value.is<bool>()) {
        text += value.as<bool>() ? "true" : "false";
    } else if (value.is<std::int64_t>()) {
        text += fmt::format("{}", value.as<std::int64_t>());
    } else if (value.is<double>()) {
        text += shortest(value.as<double>(), Notation::json);
    } else if (value.is<std::string>()) {
        append_json_string(text, value.as<std::string>(), EscapeHtml::no);
    } else if (value.is<Document>()) {
        append_document(text, value.as<Document>().value, value.as<Document>().type);
    } else if (value.is<const Object*>()) {
        text += value.as<const Object*>()->json();
    } else {
        char separator = '[';
        for (const Value& element : *value.as<std::shared_ptr<const List>>()) {
            text += separator;
            append_json(text, element);
            separator = ',';
        }
        text += separator == '[' ? "[]" : "]";
    }
}

} // namespace strata::cli::templates
