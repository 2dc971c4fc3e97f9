// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/lease.hpp"
#include "store/store.hpp"

#include <memory>

namespace strata::store {

/// Store::collect(). README.md, "Removal and collection", has the steps and what a crash leaves.
Collected collect(const Layout& layout, db::Database& database,
                  const std::shared_ptr<const StepHook>& hook);

} // namespace strata::store
