// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace strata::registry {

/// The history of the registry's schema, for db::migrate(). docs/formats/registry.md describes it.
std::span<const std::string_view> schema_steps();

} // namespace strata::registry
