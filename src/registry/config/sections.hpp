// SPDX-License-Identifier: Apache-2.0
//
// One function for each section of config.yml. Private to config/.
#pragma once

#include "registry/config/section.hpp"

namespace strata::registry {

void read_log(Section& root, Config& config);
void read_storage(Section& root, Config& config);
void read_auth(Section& root, Config& config);
void read_http(Section& root, Config& config);
void read_notifications(Section& root, Config& config);
void read_health(Section& root, Config& config);
void read_proxy(Section& root, Config& config);
void read_validation(Section& root, Config& config);
void read_limits_of_pages(Section& root, Config& config);
/// Sections that exist there and mean nothing here.
void read_foreign(Section& root);
void read_strata(Section& root, Config& config);

/// What `proxy` and each of `strata.proxies` have in common.
UpstreamConfig read_upstream(Section& section);

} // namespace strata::registry
