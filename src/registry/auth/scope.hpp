// SPDX-License-Identifier: Apache-2.0
//
// Scopes of tokens: "repository:library/busybox:pull,push" (Distribution's "Token Scope
// Documentation").
#pragma once

#include "registry/auth/access.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strata::registry {

/// What may be done with one thing.
struct Scope {
    std::string type; // "repository", "registry"; without a class
    std::string name; // may have a host and a port in front
    std::vector<std::string> actions;

    friend bool operator==(const Scope&, const Scope&) = default;
};

/// One of them; nothing if it is malformed. "repository(plugin):…" reads as "repository:…".
std::optional<Scope> parse_scope(std::string_view text);

/// Several with blanks between, at most 100; those that are malformed are passed over, as asking
/// for what does not exist is no error.
std::vector<Scope> parse_scopes(std::string_view text);

std::string print_scope(const Scope& scope);

/// What a challenge asks for: the needs on one thing together, in order; "" for signing in.
std::string scopes_for(const std::vector<Need>& needs);

/// Whether holders of `scopes` may do what is needed.
bool scopes_allow(const std::vector<Scope>& scopes, const Need& need) noexcept;

std::string_view name_of(Action action) noexcept; // "pull", "push", "delete"

} // namespace strata::registry
