// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace strata::registry {

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*` between slashes, 255 bytes at most (distribution-spec,
/// "Pulling manifests"). Such a name is also safe as a relative path.
bool is_repository_name(std::string_view text) noexcept;

/// `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`.
bool is_tag_name(std::string_view text) noexcept;

} // namespace strata::registry
