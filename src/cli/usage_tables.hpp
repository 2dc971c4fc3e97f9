// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace strata::engine {
struct SystemUsage;
}

namespace strata::cli {

class Session;

/// `system df -v`: a table for each kind of thing.
std::string usage_tables(Session& session, const engine::SystemUsage& usage);
/// The same as a document: `system df -v --format json`.
std::string usage_document(Session& session, const engine::SystemUsage& usage,
                           std::string_view format);

} // namespace strata::cli
