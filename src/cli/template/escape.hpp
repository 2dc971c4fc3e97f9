// SPDX-License-Identifier: Apache-2.0
//
// The functions html, js and urlquery.
#pragma once

#include <string>
#include <string_view>

namespace strata::cli::templates {

std::string escape_html(std::string_view text);
std::string escape_js(std::string_view text);
std::string escape_query(std::string_view text);

} // namespace strata::cli::templates
