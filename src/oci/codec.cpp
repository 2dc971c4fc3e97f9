// SPDX-License-Identifier: Apache-2.0
#include "oci/codec.hpp"

#include "base/error.hpp"
#include "base/strings.hpp"

#include <algorithm>

namespace strata::oci::codec {

namespace bj = boost::json;

UnknownMembers unknown_members(const json::Field& object,
                               std::initializer_list<std::string_view> known)
{
    UnknownMembers unknown;
    for (const auto& [key, field] : object.members()) {
        if (std::find(known.begin(), known.end(), key) == known.end()) {
            unknown.emplace(key, json::print(field.value()));
        }
    }
    return unknown;
}

void restore(bj::object& object, const UnknownMembers& unknown)
{
    for (const auto& [key, text] : unknown) {
        object.emplace(to_json(key), json::parse(text, key));
    }
}

void set_text(bj::object& object, std::string_view key, std::string_view text)
{
    if (!text.empty()) {
        object[to_json(key)] = to_json(text);
    }
}

void set_time(bj::object& object, std::string_view key, const std::optional<Timestamp>& time)
{
    if (time) {
        object[to_json(key)] = format_rfc3339(*time);
    }
}

bj::object to_json(const StringMap& map)
{
    bj::object object;
    for (const auto& [key, value] : map) {
        object[to_json(key)] = to_json(value);
    }
    return object;
}

bj::array to_json(const std::vector<std::string>& strings)
{
    bj::array array;
    array.reserve(strings.size());
    for (const std::string& text : strings) {
        array.emplace_back(to_json(text));
    }
    return array;
}

std::string print(const bj::object& object, json::SortKeys sort)
{
    return json::print(object, {.sort_keys = sort, .escape_html = json::EscapeHtml::yes});
}

} // namespace strata::oci::codec
