// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "base/json.hpp"

#include <boost/json.hpp>

#include <limits>

namespace strata::json {
namespace {

namespace bj = boost::json;

std::string_view describe(const bj::value& value)
{
    switch (value.kind()) {
    case bj::kind::null:
        return "null";
    case bj::kind::bool_:
        return "a boolean";
    case bj::kind::int64:
    case bj::kind::uint64:
    case bj::kind::double_:
        return "a number";
    case bj::kind::string:
        return "a string";
    case bj::kind::array:
        return "an array";
    case bj::kind::object:
        return "an object";
    }
    return "something else";
}

/// `.Env`, or `["a b"]` for a key that is not a word.
std::string step(std::string_view path, std::string_view key)
{
    const bool word = !key.empty() && key.size() <= 100 &&
                      key.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                            "0123456789_-/.") == key.npos;
    if (!word) {
        return fmt::format("{}[{}]", path, quote(key.substr(0, 100)));
    }
    return path.empty() ? std::string{key} : fmt::format("{}.{}", path, key);
}

} // namespace

Field::Field(const bj::value& root, std::string what) : value_{&root}, document_{std::move(what)} {}

Field::Field(const bj::value& value, const std::string& document, std::string path)
    : value_{&value}, document_{document}, path_{std::move(path)}
{
}

std::string Field::where() const
{
    return path_.empty() ? document_ : fmt::format("{}: {}", document_, path_);
}

void Field::refuse(std::string_view problem) const
{
    throw Error{Errc::corrupt, fmt::format("{}: {}", where(), problem)};
}

void Field::expected(std::string_view kind) const
{
    refuse(fmt::format("expected {}, found {}", kind, describe(*value_)));
}

const bj::object& Field::object() const
{
    const bj::object* object = value_->if_object();
    if (object == nullptr) {
        expected("an object");
    }
    return *object;
}

std::optional<Field> Field::find(std::string_view key) const
{
    const bj::value* found = object().if_contains({key.data(), key.size()});
    if (found == nullptr || found->is_null()) {
        return std::nullopt;
    }
    return Field{*found, document_, step(path_, key)};
}

Field Field::get(std::string_view key) const
{
    if (auto found = find(key)) {
        return *std::move(found);
    }
    throw Error{Errc::corrupt, fmt::format("{}: {} is missing", document_, step(path_, key))};
}

std::vector<Field> Field::elements() const
{
    const bj::array* array = value_->if_array();
    if (array == nullptr) {
        expected("an array");
    }
    std::vector<Field> fields;
    fields.reserve(array->size());
    for (const bj::value& element : *array) {
        fields.push_back(Field{element, document_, fmt::format("{}[{}]", path_, fields.size())});
    }
    return fields;
}

std::vector<std::pair<std::string, Field>> Field::members() const
{
    std::vector<std::pair<std::string, Field>> fields;
    fields.reserve(object().size());
    for (const bj::key_value_pair& member : object()) {
        const std::string_view key{member.key().data(), member.key().size()};
        fields.emplace_back(std::string{key}, Field{member.value(), document_, step(path_, key)});
    }
    return fields;
}

bool Field::is_string() const noexcept
{
    return value_->is_string();
}

bool Field::is_object() const noexcept
{
    return value_->is_object();
}

std::string Field::string() const
{
    const bj::string* text = value_->if_string();
    if (text == nullptr) {
        expected("a string");
    }
    return {text->data(), text->size()};
}

bool Field::boolean() const
{
    const bool* truth = value_->if_bool();
    if (truth == nullptr) {
        expected("a boolean");
    }
    return *truth;
}

std::int64_t Field::integer() const
{
    const std::int64_t* number = value_->if_int64();
    if (number == nullptr) {
        expected("an integer");
    }
    return *number;
}

std::uint64_t Field::unsigned_integer() const
{
    if (const std::uint64_t* number = value_->if_uint64()) {
        return *number;
    }
    const std::int64_t number = integer();
    if (number < 0) {
        refuse("must not be negative");
    }
    return static_cast<std::uint64_t>(number);
}

Timestamp Field::timestamp() const
{
    const std::string text = string();
    try {
        return parse_rfc3339(text);
    } catch (const Error& error) {
        refuse(error.message());
    }
}

std::vector<std::string> Field::strings() const
{
    std::vector<std::string> strings;
    for (const Field& element : elements()) {
        strings.push_back(element.string());
    }
    return strings;
}

std::map<std::string, std::string> Field::string_map() const
{
    std::map<std::string, std::string> map;
    for (const auto& [key, field] : members()) {
        map.insert_or_assign(key, field.string());
    }
    return map;
}

std::vector<std::string> Field::keys() const
{
    std::vector<std::string> keys;
    for (const auto& [key, field] : members()) {
        keys.push_back(key);
    }
    return keys;
}

std::string Field::string_or(std::string_view key, std::string_view otherwise) const
{
    const auto found = find(key);
    return found ? found->string() : std::string{otherwise};
}

bool Field::boolean_or(std::string_view key, bool otherwise) const
{
    const auto found = find(key);
    return found ? found->boolean() : otherwise;
}

std::int64_t Field::integer_or(std::string_view key, std::int64_t otherwise) const
{
    const auto found = find(key);
    return found ? found->integer() : otherwise;
}

std::optional<Timestamp> Field::find_timestamp(std::string_view key) const
{
    const auto found = find(key);
    return found ? std::optional{found->timestamp()} : std::nullopt;
}

std::optional<std::vector<std::string>> Field::find_strings(std::string_view key) const
{
    const auto found = find(key);
    return found ? std::optional{found->strings()} : std::nullopt;
}

std::vector<std::string> Field::strings_or_none(std::string_view key) const
{
    return find_strings(key).value_or(std::vector<std::string>{});
}

std::map<std::string, std::string> Field::string_map_or_none(std::string_view key) const
{
    const auto found = find(key);
    return found ? found->string_map() : std::map<std::string, std::string>{};
}

} // namespace strata::json
