// SPDX-License-Identifier: Apache-2.0
//
// The three files that a container gets from us rather than from its image: /etc/hosts,
// /etc/hostname, /etc/resolv.conf.
#pragma once

#include "container/config.hpp"

#include <string>
#include <string_view>

namespace strata::container {

/// `host` is the text of the host's own file, which a container in the host's network sees.
std::string hosts_file(const Config& config, std::string_view host);
std::string resolv_conf_file(const Config& config, std::string_view host);

} // namespace strata::container
