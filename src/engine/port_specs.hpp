// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace strata::engine {

/// What one word of EXPOSE stands for: "80", "53/udp", "8000-8002"; of "host:container", the
/// container's part. "8000/tcp" and so on. Throws Errc::invalid_argument with Docker's words.
std::set<std::string> exposed_ports(std::string_view spec);

} // namespace strata::engine
