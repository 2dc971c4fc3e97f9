// SPDX-License-Identifier: Apache-2.0
#include "cli/template/value.hpp"

#include "base/error.hpp"
#include "cli/template/json_text.hpp"

#include <boost/json/value.hpp>

#include <algorithm>

namespace strata::cli::templates {
namespace {

namespace json = boost::json;
using Form = Type::Form;

bool is_absent(const Document& document)
{
    return document.value == nullptr || document.value->is_null();
}

/// The value of a type that a document says nothing about.
Value zero(const Type* type)
{
    if (type == nullptr) {
        return std::monostate{};
    }
    switch (type->form) {
    case Form::boolean:
        return false;
    case Form::integer:
        return std::int64_t{0};
    case Form::real:
        return 0.0;
    case Form::string:
        return std::string{};
    case Form::list:
    case Form::map:
    case Form::set:
    case Form::structure:
    case Form::pointer:
        return Document{nullptr, type};
    }
    return std::monostate{};
}

/// A pointer is shown as what it points to, so that only null is left of it.
const Type* pointee(const Type* type)
{
    return type != nullptr && type->form == Form::pointer ? type->element : type;
}

bool has_form(const Document& document, Form form)
{
    return document.type != nullptr && document.type->form == form;
}

const Type* element_type(const Document& document)
{
    return document.type == nullptr ? nullptr : document.type->element;
}

const json::array* array_of(const Document& document)
{
    return document.value == nullptr ? nullptr : document.value->if_array();
}

const json::object* object_of(const Document& document)
{
    return document.value == nullptr ? nullptr : document.value->if_object();
}

const Field* find_declared(const Type& type, std::string_view name)
{
    // Go knows only the name; scripts have learned to write the key too, and to rely on the second
    // attempt (documents.hpp).
    const auto found = std::ranges::find_if(
        type.fields, [&](const Field& field) { return field.name == name || field.key == name; });
    return found == type.fields.end() ? nullptr : &*found;
}

} // namespace

Value resolved(const Value& value)
{
    if (!value.is<Document>()) {
        return value;
    }
    const auto& document = value.as<Document>();
    if (is_absent(document)) {
        return zero(document.type);
    }
    switch (document.value->kind()) {
    case json::kind::bool_:
        return document.value->get_bool();
    case json::kind::int64:
        return document.value->get_int64();
    case json::kind::uint64:
        return static_cast<double>(
            document.value->get_uint64()); // beyond 2^63: nothing of ours counts so far
    case json::kind::double_:
        return document.value->get_double();
    case json::kind::string:
        return std::string{document.value->get_string()};
    case json::kind::array:
    case json::kind::object:
        return Document{document.value, pointee(document.type)};
    case json::kind::null:
        break;
    }
    return std::monostate{};
}

Kind kind(const Value& value)
{
    switch (value.index()) {
    case 1:
        return Kind::boolean;
    case 2:
        return Kind::integer;
    case 3:
        return Kind::real;
    case 4:
        return Kind::string;
    case 6:
        return Kind::list;
    case 7:
        return Kind::object;
    default:
        break;
    }
    if (!value.is<Document>()) {
        return Kind::invalid;
    }
    const auto& document = value.as<Document>();
    if (has_form(document, Form::pointer)) {
        return Kind::nil;
    }
    if (has_form(document, Form::list) || array_of(document) != nullptr) {
        return Kind::list;
    }
    return has_form(document, Form::structure) ? Kind::structure : Kind::map;
}

std::string type_name(const Value& value)
{
    switch (kind(value)) {
    case Kind::invalid:
        return "<nil>";
    case Kind::boolean:
        return "bool";
    case Kind::integer:
        return "int";
    case Kind::real:
        return "float64";
    case Kind::string:
        return "string";
    case Kind::object:
        return value.as<const Object*>()->type_name();
    case Kind::nil:
    case Kind::list:
    case Kind::map:
    case Kind::structure:
        break;
    }
    if (value.is<Document>() && value.as<Document>().type != nullptr) {
        return std::string{value.as<Document>().type->name};
    }
    if (kind(value) == Kind::map) {
        return "map[string]interface {}";
    }
    return value.is<Document>() || !strings_of(value) ? "[]interface {}" : "[]string";
}

bool is_true(const Value& value)
{
    switch (kind(value)) {
    case Kind::invalid:
    case Kind::nil:
        return false;
    case Kind::boolean:
        return value.as<bool>();
    case Kind::integer:
        return value.as<std::int64_t>() != 0;
    case Kind::real:
        return value.as<double>() != 0;
    case Kind::string:
        return !value.as<std::string>().empty();
    case Kind::list:
    case Kind::map:
        return length(value) != 0;
    case Kind::structure:
    case Kind::object:
        break;
    }
    return true;
}

std::size_t length(const Value& value)
{
    if (value.is<std::shared_ptr<const List>>()) {
        return value.as<std::shared_ptr<const List>>()->size();
    }
    if (value.is<Document>()) {
        const auto& document = value.as<Document>();
        const json::array* const array = array_of(document);
        const json::object* const object = object_of(document);
        return array != nullptr ? array->size() : object != nullptr ? object->size() : 0;
    }
    throw Error{Errc::internal, "length of a value that has none"};
}

Value element(const Value& value, std::size_t index)
{
    if (value.is<std::shared_ptr<const List>>()) {
        return resolved(value.as<std::shared_ptr<const List>>()->at(index));
    }
    const auto& document = value.as<Document>();
    return resolved(Document{&array_of(document)->at(index), element_type(document)});
}

std::vector<std::pair<std::string, Value>> entries(const Value& value)
{
    std::vector<std::pair<std::string, Value>> all;
    const auto& document = value.as<Document>();
    if (has_form(document, Form::structure)) {
        for (const Field& field : document.type->fields) {
            all.emplace_back(field.name, *find_field(value, field.name));
        }
        return all;
    }
    if (const json::object* const object = object_of(document)) {
        for (const auto& [key, member] : *object) {
            all.emplace_back(key, resolved(Document{&member, element_type(document)}));
        }
        std::ranges::sort(all, {},
                          [](const auto& entry) -> const std::string& { return entry.first; });
    }
    return all;
}

std::optional<Value> find_field(const Value& value, std::string_view name)
{
    const auto& document = value.as<Document>();
    const json::object* const object = object_of(document);
    const Type* type = element_type(document);
    std::string_view key = name;
    if (has_form(document, Form::structure)) {
        const Field* const field = find_declared(*document.type, name);
        if (field == nullptr) {
            return std::nullopt;
        }
        key = field->key;
        type = field->type;
    }
    const json::value* const member = object == nullptr ? nullptr : object->if_contains(key);
    if (member == nullptr && !has_form(document, Form::structure)) {
        return std::nullopt;
    }
    return resolved(Document{member, type});
}

Value make_list(List elements)
{
    return std::make_shared<const List>(std::move(elements));
}

std::optional<std::vector<std::string>> strings_of(const Value& value)
{
    if (kind(value) != Kind::list) {
        return std::nullopt;
    }
    std::vector<std::string> strings;
    for (std::size_t i = 0; i < length(value); ++i) {
        const Value each = element(value, i);
        if (!each.is<std::string>()) {
            return std::nullopt;
        }
        strings.push_back(each.as<std::string>());
    }
    return strings;
}

std::string to_json(const Value& value)
{
    std::string text;
    append_json(text, value);
    return text;
}

} // namespace strata::cli::templates
