// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/guarded.hpp"
#include "base/time.hpp"
#include "db/database.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace strata::registry {

/// The refresh tokens that were given out, as hashes: whoever reads the file cannot use them. In
/// `<root>/tokens.db`. Safe to use from any thread.
class RefreshTokens {
public:
    /// `lifetime` of a token that is not used; 0: for ever.
    RefreshTokens(const std::string& root, std::chrono::nanoseconds lifetime);

    struct Owner {
        std::string subject;
        std::string service;
        std::string password; // PasswordFile::fingerprint() when it was made
    };
    /// A new one. Somebody who has a thousand of them loses the one that was not used for longest.
    std::string create(const Owner& owner, std::string_view client);

    /// Whose it is; nothing if it is none, or too old.
    std::optional<Owner> find(std::string_view token);
    void remove(std::string_view token);

private:
    Guarded<std::unique_ptr<db::Database>> database_;
    std::chrono::nanoseconds lifetime_;
};

} // namespace strata::registry
