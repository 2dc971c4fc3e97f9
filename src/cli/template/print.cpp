// SPDX-License-Identifier: Apache-2.0
#include "cli/template/print.hpp"

#include <boost/json/value.hpp>

#include <charconv>
#include <cmath>

namespace strata::cli::templates {
namespace {

bool is_set(const Value& value)
{
    return value.is<Document>() && value.as<Document>().type != nullptr &&
           value.as<Document>().type->form == Type::Form::set;
}

std::string printed_entries(const Value& value)
{
    const bool is_structure = kind(value) == Kind::structure;
    std::string text = is_structure ? "{" : "map[";
    std::string_view separator;
    for (const auto& [key, member] : entries(value)) {
        text += separator;
        text += is_structure ? "" : key + ":";
        text += is_set(value) ? "{}" : printed(member);
        separator = " ";
    }
    return text + (is_structure ? "}" : "]");
}

std::string printed_list(const Value& value)
{
    std::string text = "[";
    for (std::size_t i = 0; i < length(value); ++i) {
        text += i == 0 ? "" : " ";
        text += printed(element(value, i));
    }
    return text + "]";
}

} // namespace

std::string shortest(double number, Notation notation)
{
    if (!std::isfinite(number)) {
        return std::isnan(number) ? "NaN" : number > 0 ? "+Inf" : "-Inf";
    }
    const double size = std::fabs(number);
    char buffer[400];
    const auto written = [&](std::chars_format format) {
        return std::string{buffer, std::to_chars(buffer, std::end(buffer), number, format).ptr};
    };
    if (size == 0) {
        return written(std::chars_format::fixed);
    }
    const bool is_json = notation == Notation::json;
    if (is_json ? size >= 1e-6 && size < 1e21 : size >= 1e-4 && size < 1e6) {
        return written(std::chars_format::fixed);
    }
    std::string scientific = written(std::chars_format::scientific);
    if (const std::size_t exponent = scientific.find("e-0");
        is_json && exponent != scientific.npos) {
        scientific.erase(exponent + 2, 1); // Go trims 1e-07 to 1e-7 in JSON, and only there
    }
    return scientific;
}

std::string printed(const Value& raw)
{
    const Value value = resolved(raw);
    switch (kind(value)) {
    case Kind::invalid:
    case Kind::nil:
        return "<nil>";
    case Kind::boolean:
        return value.as<bool>() ? "true" : "false";
    case Kind::integer:
        return std::to_string(value.as<std::int64_t>());
    case Kind::real:
        return shortest(value.as<double>());
    case Kind::string:
        return value.as<std::string>();
    case Kind::list:
        return printed_list(value);
    case Kind::map:
    case Kind::structure:
        return printed_entries(value);
    case Kind::object:
        break;
    }
    return value.as<const Object*>()->json();
}

std::string go_print(std::span<const Value> arguments)
{
    std::string text;
    bool after_string = true;
    for (const Value& raw : arguments) {
        const Value value = resolved(raw);
        const bool is_string = value.is<std::string>();
        text += after_string || is_string ? "" : " ";
        text += printed(value);
        after_string = is_string;
    }
    return text;
}

std::string go_println(std::span<const Value> arguments)
{
    std::string text;
    for (const Value& value : arguments) {
        text += text.empty() && &value == arguments.data() ? "" : " ";
        text += printed(value);
    }
    return text + "\n";
}

} // namespace strata::cli::templates
