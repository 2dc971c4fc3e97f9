// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace strata {

/// RFC 4648, with padding.
std::string encode_base64(std::string_view bytes);

/// Nothing for anything that encode_base64() cannot have written: missing padding, white space,
/// stray bits at the end.
std::optional<std::string> decode_base64(std::string_view text);

} // namespace strata
