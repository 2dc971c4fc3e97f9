// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace strata {

/// From the kernel's generator.
void fill_random(std::span<std::byte> bytes);

/// 64 random hex digits: what a container is called. The short form is never all digits, because
/// some programs would take it for a number (host names, YAML).
std::string random_id();

/// The first twelve digits, as tables show them.
std::string_view short_id(std::string_view id);

/// "patient_noether": for containers that were given no name. `attempt` above 0 appends a digit,
/// for when the name was taken.
std::string random_name(unsigned attempt = 0);

} // namespace strata
