// SPDX-License-Identifier: Apache-2.0
//
// Between our values and JSON. Private to the module: the one header here that needs Boost.JSON.
#pragma once

#include "base/json.hpp"
#include "oci/descriptor.hpp"

#include <boost/json.hpp>

#include <initializer_list>
#include <string>
#include <string_view>

namespace strata::oci::codec {

Digest digest(const json::Field& field);
Descriptor descriptor(const json::Field& field);
Platform platform(const json::Field& field);

boost::json::object to_json(const Descriptor& descriptor);
boost::json::object to_json(const Platform& platform);
boost::json::object to_json(const StringMap& map);
boost::json::array to_json(const std::vector<std::string>& strings);
inline boost::json::string_view to_json(std::string_view text)
{
    return {text.data(), text.size()};
}

UnknownMembers unknown_members(const json::Field& object,
                               std::initializer_list<std::string_view> known);
/// Puts them back, behind what is there.
void restore(boost::json::object& object, const UnknownMembers& unknown);

/// Sets a member unless the text is empty.
void set_text(boost::json::object& object, std::string_view key, std::string_view text);
void set_time(boost::json::object& object, std::string_view key,
              const std::optional<Timestamp>& time);

/// As Go's json.Marshal, because that is what made nearly every document in existence.
std::string print(const boost::json::object& object, json::SortKeys sort = json::SortKeys::no);

} // namespace strata::oci::codec
