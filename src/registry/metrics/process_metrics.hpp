// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace strata::registry {

/// What every program that speaks to Prometheus tells of itself: process_cpu_seconds_total,
/// process_resident_memory_bytes and so on, out of /proc/self.
void print_process(std::string& out);

} // namespace strata::registry
