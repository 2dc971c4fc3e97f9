// SPDX-License-Identifier: Apache-2.0
//
// Which drivers there are, best first, and which of them work here.
#pragma once

#include "store/layer_driver.hpp"
#include "store/stacks.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace strata::store {

struct DriverKind {
    std::string_view name;
    std::unique_ptr<LayerDriver> (*make)(const Layout& layout, const Stacks& stacks);
    /// Tries, by doing it: throws Errc::unsupported that says what is missing. Needs the root's
    /// folders.
    void (*probe)(const Layout& layout);
};

std::span<const DriverKind> driver_kinds();

/// Throws Errc::invalid_argument for a name that nobody has.
const DriverKind& driver_kind(std::string_view name);

/// The first that works here, or `wanted` if it does; throws Errc::unsupported otherwise.
std::string choose_driver(const Layout& layout, const std::optional<std::string>& wanted);

} // namespace strata::store
