// SPDX-License-Identifier: Apache-2.0
#include "cli/template/functions.hpp"

#include "base/error.hpp"
#include "cli/template/compare.hpp"
#include "cli/template/escape.hpp"
#include "cli/template/print.hpp"

#include <algorithm>
#include <cctype>

namespace strata::cli::templates {
namespace {

using Arguments = std::span<const Value>;
constexpr std::size_t kUnlimited = Function::kUnlimited;

[[noreturn]] void refuse(std::string message)
{
    throw Error{Errc::invalid_argument, std::move(message)};
}

const std::string& text(const Value& value)
{
    return value.as<std::string>();
}

template <typename Change>
Value changed(std::string value, Change&& change)
{
    std::ranges::transform(value, value.begin(), [&](char c) {
        return static_cast<char>(change(static_cast<unsigned char>(c)));
    });
    return value;
}

// --- Docker's own --------------------------------------------------------------------------------

Value json(Arguments arguments)
{
    return to_json(arguments[0]);
}

Value split(Arguments arguments)
{
    const std::string& whole = text(arguments[0]);
    const std::string& separator = text(arguments[1]);
    List parts;
    std::size_t begin = 0;
    // An empty separator splits into characters, of UTF-8 as everywhere.
    const auto find_end = [&](std::size_t from) {
        if (!separator.empty()) {
            return whole.find(separator, from);
        }
        std::size_t end = from + 1;
        while (end < whole.size() && (static_cast<unsigned char>(whole[end]) & 0xC0) == 0x80) {
            ++end;
        }
        return end < whole.size() ? end : whole.npos;
    };
    for (std::size_t end = find_end(0); end != whole.npos; end = find_end(begin)) {
        parts.emplace_back(whole.substr(begin, end - begin));
        begin = end + separator.size();
    }
    if (!whole.empty() || !separator.empty()) {
        parts.emplace_back(whole.substr(begin));
    }
    return make_list(std::move(parts));
}

Value join(Arguments arguments)
{
    std::string joined;
    std::string_view separator;
    for (const std::string& part : strings_of(arguments[0]).value_or(std::vector<std::string>{})) {
        joined += separator;
        joined += part;
        separator = text(arguments[1]);
        if (joined.size() > kMaxText) {
            throw Error{Errc::exhausted, "the text gets too long"};
        }
    }
    return joined;
}

Value title(Arguments arguments)
{
    bool after_letter = false;
    return changed(text(arguments[0]), [&](unsigned char c) {
        const int made = after_letter ? c : std::toupper(c);
        after_letter = std::isalnum(c) != 0 || c == '_' || c >= 0x80;
        return made;
    });
}

Value lower(Arguments arguments)
{
    return changed(text(arguments[0]), [](unsigned char c) { return std::tolower(c); });
}

Value upper(Arguments arguments)
{
    return changed(text(arguments[0]), [](unsigned char c) { return std::toupper(c); });
}

Value pad(Arguments arguments)
{
    const std::string& source = text(arguments[0]);
    if (source.empty()) {
        return source;
    }
    const auto spaces = [](const Value& count) {
        if (count.as<std::int64_t>() < 0) {
            refuse("strings: negative Repeat count");
        }
        if (count.as<std::int64_t>() > static_cast<std::int64_t>(kMaxText)) {
            throw Error{Errc::exhausted, "the text gets too long"};
        }
        return std::string(static_cast<std::size_t>(count.as<std::int64_t>()), ' ');
    };
    return spaces(arguments[1]) + source + spaces(arguments[2]);
}

Value truncate(Arguments arguments)
{
    const std::string& source = text(arguments[0]);
    const std::int64_t most = arguments[1].as<std::int64_t>();
    if (most < 0) {
        refuse("slice bounds out of range");
    }
    return source.substr(0, static_cast<std::size_t>(most));
}

// --- Go's ----------------------------------------------------------------------------------------

Value negate(Arguments arguments)
{
    return !is_true(arguments[0]);
}

Value compare_equal(Arguments arguments)
{
    if (arguments.size() < 2) {
        refuse("missing argument for comparison");
    }
    return std::ranges::any_of(arguments.subspan(1),
                               [&](const Value& each) { return equal(arguments[0], each); });
}

Value compare_unequal(Arguments arguments)
{
    return !equal(arguments[0], arguments[1]);
}

Value compare_less(Arguments arguments)
{
    return less(arguments[0], arguments[1]);
}

Value compare_at_most(Arguments arguments)
{
    return less(arguments[0], arguments[1]) || equal(arguments[0], arguments[1]);
}

Value compare_more(Arguments arguments)
{
    return !(less(arguments[0], arguments[1]) || equal(arguments[0], arguments[1]));
}

Value compare_at_least(Arguments arguments)
{
    return !less(arguments[0], arguments[1]);
}

Value count(Arguments arguments)
{
    const Value& item = arguments[0];
    switch (kind(item)) {
    case Kind::list:
    case Kind::map:
        return static_cast<std::int64_t>(length(item));
    case Kind::string:
        return static_cast<std::int64_t>(text(item).size());
    case Kind::invalid:
        refuse("len of untyped nil");
    case Kind::nil:
        refuse("len of nil pointer");
    case Kind::boolean:
    case Kind::integer:
    case Kind::real:
    case Kind::structure:
    case Kind::object:
        break;
    }
    refuse(fmt::format("len of type {}", type_name(item)));
}

/// An index into something that has `size` elements; `most` is size - 1 for elements and size for
/// slices.
std::size_t position(const Value& index, std::size_t end)
{
    if (kind(index) == Kind::invalid) {
        refuse("cannot index slice/array with nil");
    }
    if (!index.is<std::int64_t>()) {
        refuse(fmt::format("cannot index slice/array with type {}", type_name(index)));
    }
    const std::int64_t value = index.as<std::int64_t>();
    if (value < 0 || static_cast<std::uint64_t>(value) >= end) {
        refuse(fmt::format("index out of range: {}", value));
    }
    return static_cast<std::size_t>(value);
}

Value step_into(const Value& item, const Value& index)
{
    switch (kind(item)) {
    case Kind::list:
        return element(item, position(index, length(item)));
    case Kind::string:
        return static_cast<std::int64_t>(
            static_cast<unsigned char>(text(item)[position(index, text(item).size())]));
    case Kind::map: {
        if (!index.is<std::string>()) {
            refuse(kind(index) == Kind::invalid
                       ? "value is nil; should be of type string"
                       : fmt::format("value has type {}; should be string", type_name(index)));
        }
        // A key that is not there gives the zero value of what the map holds.
        const Document& map = item.as<Document>();
        const Type* const type = map.type == nullptr ? nullptr : map.type->element;
        return find_field(item, text(index)).value_or(resolved(Document{nullptr, type}));
    }
    case Kind::invalid:
    case Kind::nil:
        refuse("index of nil pointer");
    case Kind::boolean:
    case Kind::integer:
    case Kind::real:
    case Kind::structure:
    case Kind::object:
        break;
    }
    refuse(fmt::format("can't index item of type {}", type_name(item)));
}

Value index(Arguments arguments)
{
    if (kind(arguments[0]) == Kind::invalid) {
        refuse("index of untyped nil");
    }
    Value item = arguments[0];
    for (const Value& each : arguments.subspan(1)) {
        item = step_into(item, each);
    }
    return item;
}

Value slice(Arguments arguments)
{
    const Value& item = arguments[0];
    const Arguments bounds = arguments.subspan(1);
    if (kind(item) == Kind::invalid) {
        refuse("slice of untyped nil");
    }
    if (bounds.size() > 3) {
        refuse(fmt::format("too many slice indexes: {}", bounds.size()));
    }
    const bool is_string = kind(item) == Kind::string;
    if (!is_string && kind(item) != Kind::list) {
        refuse(fmt::format("can't slice item of type {}", type_name(item)));
    }
    if (is_string && bounds.size() == 3) {
        refuse("cannot 3-index slice a string");
    }
    const std::size_t size = is_string ? text(item).size() : length(item);
    std::size_t range[] = {0, size, size};
    for (std::size_t i = 0; i < bounds.size(); ++i) {
        range[i] = position(bounds[i], size + 1);
    }
    if (range[0] > range[1]) {
        refuse(fmt::format("invalid slice index: {} > {}", range[0], range[1]));
    }
    if (range[1] > range[2]) {
        refuse(fmt::format("invalid slice index: {} > {}", range[1], range[2]));
    }
    if (is_string) {
        return text(item).substr(range[0], range[1] - range[0]);
    }
    List part;
    for (std::size_t i = range[0]; i < range[1]; ++i) {
        part.push_back(element(item, i));
    }
    return make_list(std::move(part));
}

Value print(Arguments arguments)
{
    return go_print(arguments);
}

Value println(Arguments arguments)
{
    return go_println(arguments);
}

Value printf(Arguments arguments)
{
    return go_printf(text(arguments[0]), arguments.subspan(1));
}

Value html(Arguments arguments)
{
    return escape_html(go_print(arguments));
}

Value js(Arguments arguments)
{
    return escape_js(go_print(arguments));
}

Value urlquery(Arguments arguments)
{
    return escape_query(go_print(arguments));
}

Value call(Arguments arguments)
{
    if (kind(arguments[0]) == Kind::invalid) {
        refuse("call of nil");
    }
    refuse(
        fmt::format("non-function {} of type {}", printed(arguments[0]), type_name(arguments[0])));
}

using enum Parameter;
constexpr Function kFunctions[] = {
    {"and", 1, kUnlimited, nullptr, {any, any, any}},
    {"call", 1, kUnlimited, call, {any, any, any}},
    {"eq", 1, kUnlimited, compare_equal, {any, any, any}},
    {"ge", 2, 2, compare_at_least, {any, any, any}},
    {"gt", 2, 2, compare_more, {any, any, any}},
    {"html", 0, kUnlimited, html, {any, any, any}},
    {"index", 1, kUnlimited, index, {any, any, any}},
    {"join", 2, 2, join, {strings, string, any}, true},
    {"js", 0, kUnlimited, js, {any, any, any}},
    {"json", 1, 1, json, {any, any, any}, true},
    {"le", 2, 2, compare_at_most, {any, any, any}},
    {"len", 1, 1, count, {any, any, any}},
    {"lower", 1, 1, lower, {string, any, any}, true},
    {"lt", 2, 2, compare_less, {any, any, any}},
    {"ne", 2, 2, compare_unequal, {any, any, any}},
    {"not", 1, 1, negate, {any, any, any}},
    {"or", 1, kUnlimited, nullptr, {any, any, any}},
    {"pad", 3, 3, pad, {string, integer, integer}},
    {"print", 0, kUnlimited, print, {any, any, any}},
    {"printf", 1, kUnlimited, printf, {string, any, any}},
    {"println", 0, kUnlimited, println, {any, any, any}},
    {"slice", 1, kUnlimited, slice, {any, any, any}},
    {"split", 2, 2, split, {string, string, any}, true},
    {"title", 1, 1, title, {string, any, any}, true},
    {"truncate", 2, 2, truncate, {string, integer, any}, true},
    {"upper", 1, 1, upper, {string, any, any}, true},
    {"urlquery", 0, kUnlimited, urlquery, {any, any, any}},
};

} // namespace

const Function* find_function(std::string_view name)
{
    const auto* const found = std::ranges::find(kFunctions, name, &Function::name);
    return found == std::end(kFunctions) ? nullptr : found;
}

std::string_view parameter_name(Parameter parameter)
{
    switch (parameter) {
    case any:
        return "interface {}";
    case string:
        return "string";
    case integer:
        return "int";
    case strings:
        return "[]string";
    }
    return "";
}

} // namespace strata::cli::templates
