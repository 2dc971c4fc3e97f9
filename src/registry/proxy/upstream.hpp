// SPDX-License-Identifier: Apache-2.0
//
// Another registry, asked in its own tongue: with the credentials that it wants.
#pragma once

#include "registry/config/config.hpp"
#include "registry/outbound.hpp"

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace strata::registry {

/// A WWW-Authenticate field: "Bearer realm="…",service="…"".
struct Challenge {
    std::string scheme{};                                         // in lower case
    std::map<std::string, std::string, std::less<>> parameters{}; // names in lower case

    /// Nothing if it is malformed.
    static std::optional<Challenge> parse(std::string_view field);
};

/// Safe to use from any thread.
class Upstream {
public:
    Upstream(UpstreamConfig config, Outbound outbound);

    const UpstreamConfig& config() const noexcept { return config_; }

    /// What a repository of ours is called there; nothing if it is none of theirs.
    std::optional<std::string> name_there(std::string_view repository) const;
    /// Whether ?ns= means this one.
    bool is_called(std::string_view ns) const noexcept;

    /// Asks for `path` below /v2/<name there>/. Any status but 401 is an answer, and that one as
    /// well if the credentials that there are do not help.
    http::ClientResponse ask(std::string_view method, std::string_view name_there,
                             std::string_view path, std::vector<http::Field> fields = {},
                             std::stop_token stop = {});

private:
    using Clock = std::chrono::steady_clock;
    struct Credentials {
        std::string user;
        std::string password;
        std::optional<Clock::time_point> until{};
    };
    struct Token {
        std::string authorization; // the whole field
        Clock::time_point until;
    };

    std::optional<std::string> known_authorization(const std::string& name);
    /// What answers the challenge; remembered for `name`. Nothing if there is nothing to answer.
    std::optional<std::string> authorize(const Challenge& challenge, const std::string& name);
    std::string fetch_token(const Challenge& challenge, const std::string& name, Token& token);
    std::optional<Credentials> credentials();
    Credentials run_helper() const;

    UpstreamConfig config_;
    std::string host_; // of its URL
    Outbound outbound_;
    std::mutex mutex_;
    std::map<std::string, Token> tokens_; // by repository
    std::optional<Credentials> helped_;   // by the helper
};

} // namespace strata::registry
