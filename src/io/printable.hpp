// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace strata::io {

/// A hostile name, fit for a terminal and one line: control characters and invalid bytes as \xNN,
/// and not endless.
std::string printable(std::string_view name);

} // namespace strata::io
