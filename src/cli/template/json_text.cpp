// SPDX-License-Identifier: Apache-2.0
#include "cli/template/json_text.hpp"

#include "base/json.hpp"
#include "cli/template/print.hpp"

#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace strata::cli::templates {
namespace {

namespace bj = boost::json;
using Form = Type::Form;

void append_document(std::string& text, const bj::value* value, const Type* type);

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
void append_object(std::string& text, const bj::object& object, const Type* type)
{
    std::vector<const bj::key_value_pair*> members;
    for (const bj::key_value_pair& member : object) {
        members.push_back(&member);
    }
    const bool is_structure = type != nullptr && type->form == Form::structure;
    if (!is_structure) {
        std::ranges::sort(members, {},
                          [](const auto* member) { return std::string_view{member->key()}; });
    }
    char separator = '{';
    for (const bj::key_value_pair* const member : members) {
        const Type* element = type == nullptr ? nullptr : type->element;
        if (is_structure) {
            const auto field =
                std::ranges::find(type->fields, std::string_view{member->key()}, &Field::key);
            element = field == type->fields.end() ? nullptr : field->type;
        }
        text += separator;
        text += json::quote(member->key());
        text += ':';
        append_document(text, &member->value(), element);
        separator = ',';
    }
    text += members.empty() ? "{}" : "}";
}

void append_array(std::string& text, const bj::array& array, const Type* type)
{
    char separator = '[';
    for (const bj::value& element : array) {
        text += separator;
        append_document(text, &element, type == nullptr ? nullptr : type->element);
        separator = ',';
    }
    text += array.empty() ? "[]" : "]";
}

void append_document(std::string& text, const bj::value* value, const Type* type)
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
        text += json::quote(value->get_string());
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
        text += json::quote(value.as<std::string>());
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
