// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace strata::cli {

/// The same text with '?' for every control character but line breaks and tabs. Names in archives
/// and labels of images are written by strangers, and must not move the cursor of who reads about
/// them, or worse.
std::string without_controls(std::string_view text);

} // namespace strata::cli
