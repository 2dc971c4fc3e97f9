// SPDX-License-Identifier: Apache-2.0
#include "registry/api/accept.hpp"

#include "base/strings.hpp"
#include "oci/media_type.hpp"

namespace strata::registry::api {

bool takes_no_index(const http::Request& request)
{
    bool names_manifest = false;
    for (std::string_view field : request.fields("accept")) {
        while (!field.empty()) {
            const std::size_t comma = field.find(',');
            const std::string_view range = field.substr(0, comma);
            const std::string_view type = trim(range.substr(0, range.find(';')));
            if (oci::is_index(type) || type.ends_with("/*")) {
                return false;
            }
            names_manifest = names_manifest || oci::is_manifest(type);
            field = comma == field.npos ? std::string_view{} : field.substr(comma + 1);
        }
    }
    return names_manifest;
}

} // namespace strata::registry::api
