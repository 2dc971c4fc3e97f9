// SPDX-License-Identifier: Apache-2.0
//
// Which repositories somebody may pull from, push to, and delete in.
#pragma once

#include "registry/auth/access.hpp"
#include "registry/config/config.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace strata::registry {

/// Names of repositories: "team/app" is that one, "team/*" is every one directly below, "team/**"
/// everything below however deep, "**" everything. Inside of a component "*" is any characters:
/// "team/app-*". "${user}" stands for the name of whoever asks, if that can be part of a name.
class RepositoryPattern {
public:
    static bool is_valid(std::string_view pattern) noexcept;
    static bool matches(std::string_view pattern, std::string_view repository,
                        std::string_view user = {});
};

/// The rules of a configuration, ready to be asked. Immutable, safe to use from any thread.
class AccessRules {
public:
    explicit AccessRules(const AccessConfig& config) : config_{config} {}

    /// `user` is "" for somebody anonymous. Signing in needs a name; listing and searching need
    /// one, or a rule for everybody, since what they show is filtered by pull.
    bool may(std::string_view user, const Need& need) const;

private:
    bool concerns(const AccessConfig::Rule& rule, std::string_view user) const;

    AccessConfig config_;
};

} // namespace strata::registry
