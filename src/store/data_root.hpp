// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/layout.hpp"

#include <functional>
#include <optional>
#include <string>

namespace strata::store {

/// Makes `layout.root` a data root if it is none yet: many processes may try at once. Returns the
/// driver that it has.
///
/// `choose` is asked for a new one's driver, with the folders (tmp/ among them) in place. Throws
/// Errc::conflict for a folder with other things in it, and when `wanted` is not the driver that
/// the root has; Errc::denied when it belongs to somebody else.
std::string ensure_data_root(const Layout& layout, const std::optional<std::string>& wanted,
                             const std::function<std::string()>& choose);

/// Throws Errc::invalid_argument when one of the two roots lies in the other: what is one's would
/// be taken for the other's, and go with it.
void check_roots_are_apart(const Layout& layout);

/// The driver whose layers the root holds, for one whose note of its driver was lost; nothing when
/// there are none.
std::optional<std::string> driver_of_layers(const Layout& layout);

/// Throws Errc::conflict, saying how to convert, when something else is wanted than the root `has`.
void check_driver(const Layout& layout, const std::string& has,
                  const std::optional<std::string>& wanted);

/// Whether `layout.root` is, or is becoming, a data root: nothing but names of ours in it.
bool holds_only_ours(const Layout& layout);
bool run_root_holds_only_ours(const Layout& layout);

} // namespace strata::store
