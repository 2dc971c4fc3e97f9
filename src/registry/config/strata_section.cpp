// SPDX-License-Identifier: Apache-2.0
//
// What Distribution's file has no place for. Distribution itself warns about `strata:` and goes on,
// so that one file serves both.
#include "registry/auth/rules.hpp"
#include "registry/config/sections.hpp"

#include <algorithm>
#include <array>

namespace strata::registry {
namespace {

constexpr auto kActions = std::to_array<std::string_view>({"pull", "push", "delete", "*"});

void check_patterns(Section& section, std::string_view key,
                    const std::vector<std::string>& patterns)
{
    for (const std::string& pattern : patterns) {
        if (!RepositoryPattern::is_valid(pattern)) {
            section.refuse(key, fmt::format("'{}' is not a pattern of repositories, such as "
                                            "'team/*' or 'team/**'",
                                            pattern));
        }
    }
}

void read_access(Section& strata, AccessConfig& into)
{
    Section access = strata.section("access");
    Section groups = access.section("groups");
    for (const auto& [name, value] : groups.members()) {
        groups.read(name, into.groups[name]);
    }
    into.restricted = access.has("rules");
    for (Section& section : access.sections("rules")) {
        AccessConfig::Rule rule;
        section.read("repositories", rule.repositories);
        section.read("users", rule.users);
        section.read("groups", rule.groups);
        section.read("anonymous", rule.anonymous);
        section.read("actions", rule.actions);
        if (rule.repositories.empty()) {
            section.refuse("repositories", "is missing");
        }
        if (rule.actions.empty()) {
            section.refuse("actions", "is missing");
        }
        check_patterns(section, "repositories", rule.repositories);
        for (const std::string& action : rule.actions) {
            if (std::ranges::find(kActions, action) == kActions.end()) {
                section.refuse("actions",
                               fmt::format("'{}' is none of pull, push, delete, *", action));
            }
        }
        for (const std::string& group : rule.groups) {
            if (!into.groups.contains(group)) {
                section.refuse("groups", fmt::format("there is no group '{}'", group));
            }
        }
        if (rule.users.empty() && rule.groups.empty() && !rule.anonymous) {
            section.warn("repositories", "this rule grants nothing to anybody");
        }
        section.finish();
        into.rules.push_back(std::move(rule));
    }
    access.finish();
}

void read_issuer(Section& strata, IssuerConfig& into)
{
    Section issuer = strata.section("issuer");
    if (issuer.there()) {
        into.enabled = true;
    }
    issuer.read("enabled", into.enabled);
    issuer.read("path", into.path);
    if (!into.path.starts_with('/') || into.path.starts_with("/v2/") || into.path == "/") {
        issuer.refuse("path", "must begin with a slash and lie outside of /v2/");
    }
    issuer.read("realm", into.realm);
    issuer.read("service", into.service);
    issuer.read("lifetime", into.lifetime);
    if (into.lifetime < std::chrono::seconds{60}) {
        issuer.refuse("lifetime", "must be 60s at least: clients count on that");
    }
    issuer.read("refreshlifetime", into.refresh_lifetime);
    issuer.finish();
}

void read_quota(Section& strata, QuotaConfig& into)
{
    Section quota = strata.section("quota");
    quota.read_size("default", into.bytes);
    for (Section& section : quota.sections("repositories")) {
        auto& [pattern, bytes] = into.repositories.emplace_back();
        pattern = section.required("pattern");
        check_patterns(section, "pattern", {pattern});
        section.read_size("size", bytes);
        section.finish();
    }
    quota.finish();
}

void read_collection(Section& strata, CollectionConfig& into)
{
    Section gc = strata.section("gc");
    gc.read("enabled", into.enabled);
    gc.read("grace", into.grace);
    gc.read("interval", into.interval);
    gc.read("deleteuntagged", into.delete_untagged);
    if (into.interval.count() == 0) {
        gc.refuse("interval", "must be more than nothing");
    }
    gc.finish();
}

void read_limits(Section& strata, LimitsConfig& into)
{
    Section limits = strata.section("limits");
    limits.read("connections", into.connections);
    limits.read_size("body", into.body_bytes);
    limits.read_size("manifest", into.manifest_bytes);
    limits.read("workers", into.workers);
    limits.read("requestspersecond", into.requests_per_second);
    limits.read("burst", into.burst);
    if (into.connections == 0) {
        limits.refuse("connections", "must be 1 at least");
    }
    limits.finish();
}

void read_proxies(Section& strata, Config& config)
{
    for (Section& section : strata.sections("proxies")) {
        UpstreamConfig upstream = read_upstream(section);
        section.read("prefix", upstream.prefix);
        while (upstream.prefix.ends_with('/')) {
            upstream.prefix.pop_back();
        }
        if (!upstream.prefix.empty() && !RepositoryPattern::is_valid(upstream.prefix)) {
            section.refuse("prefix", "is not the beginning of a repository's name");
        }
        section.read("ns", upstream.ns);
        section.read_size("size", upstream.max_bytes);
        section.read("revalidate", upstream.revalidate);
        section.read("local", upstream.local);
        check_patterns(section, "local", upstream.local);
        section.finish();
        for (const UpstreamConfig& other : config.upstreams) {
            if (other.prefix == upstream.prefix) {
                section.refuse("prefix",
                               fmt::format("two upstreams are for '{}'", upstream.prefix));
            }
        }
        config.upstreams.push_back(std::move(upstream));
    }
}

} // namespace

void read_strata(Section& root, Config& config)
{
    Section strata = root.section("strata");
    read_access(strata, config.access);
    read_issuer(strata, config.issuer);
    read_quota(strata, config.quota);
    read_collection(strata, config.collection);
    read_limits(strata, config.limits);
    read_proxies(strata, config);
    Section search = strata.section("search");
    search.read("enabled", config.search);
    search.finish();
    strata.finish();
    if (config.access.restricted && (config.auth.kind == AuthConfig::Kind::none ||
                                     config.auth.kind == AuthConfig::Kind::silly)) {
        root.refuse("strata", "access.rules need to know who is asking: auth.htpasswd");
    }
    if (config.issuer.enabled && config.auth.kind != AuthConfig::Kind::htpasswd) {
        root.refuse("strata", "the issuer needs users: auth.htpasswd");
    }
}

} // namespace strata::registry
