// SPDX-License-Identifier: Apache-2.0
#include "registry/auth/rules.hpp"

#include "registry/names.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace strata::registry {
namespace {

constexpr std::string_view kUser = "${user}";

/// The first component, and what follows its slash (nothing if there is none).
std::pair<std::string_view, std::optional<std::string_view>> first_component(std::string_view text)
{
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) {
        return {text, std::nullopt};
    }
    return {text.substr(0, slash), text.substr(slash + 1)};
}

/// One component against one with stars. Linear in practice: only the last star is tried again.
bool matches_component(std::string_view pattern, std::string_view text)
{
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;
    std::size_t retry = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            retry = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++retry;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool matches_path(std::string_view pattern, std::string_view name)
{
    for (;;) {
        const auto [component, more_pattern] = first_component(pattern);
        if (component == "**") {
            return true; // valid only at the end: there is something left, and all of it will do
        }
        const auto [text, more_name] = first_component(name);
        if (!matches_component(component, text) ||
            more_pattern.has_value() != more_name.has_value()) {
            return false;
        }
        if (!more_pattern) {
            return true;
        }
        pattern = *more_pattern;
        name = *more_name;
    }
}

bool is_component_text(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
               c == '-' || c == '*';
    });
}

/// With the user's name in it; nothing if that is none that a repository could have. A name with a
/// star or a slash in it must not widen what the pattern says.
std::optional<std::string> with_user(std::string_view pattern, std::string_view user)
{
    std::string result{pattern};
    for (std::size_t at = 0; (at = result.find(kUser, at)) != std::string::npos;) {
        if (!is_repository_name(user) || user.find('/') != std::string_view::npos) {
            return std::nullopt;
        }
        result.replace(at, kUser.size(), user);
        at += user.size();
    }
    return result;
}

bool grants(const AccessConfig::Rule& rule, Action action)
{
    const std::string_view wanted = action == Action::pull   ? "pull"
                                    : action == Action::push ? "push"
                                                             : "delete";
    return std::ranges::any_of(rule.actions, [&](const std::string& granted) {
        return granted == wanted || granted == "*";
    });
}

} // namespace

bool RepositoryPattern::is_valid(std::string_view pattern) noexcept
{
    if (pattern.size() > 255) {
        return false;
    }
    for (;;) {
        auto [component, more] = first_component(pattern);
        if (component == "**" && more) {
            return false; // "**" is for the end
        }
        if (component.empty()) {
            return false;
        }
        for (std::size_t at = 0; at < component.size();) {
            if (component.substr(at).starts_with(kUser)) {
                at += kUser.size();
            } else if (is_component_text(component.substr(at, 1))) {
                ++at;
            } else {
                return false;
            }
        }
        if (!more) {
            return true;
        }
        pattern = *more;
    }
}

bool RepositoryPattern::matches(std::string_view pattern, std::string_view repository,
                                std::string_view user)
{
    if (pattern.find(kUser) == std::string_view::npos) {
        return matches_path(pattern, repository);
    }
    const auto own = with_user(pattern, user);
    return own && matches_path(*own, repository);
}

bool AccessRules::concerns(const AccessConfig::Rule& rule, std::string_view user) const
{
    if (rule.anonymous) {
        return true;
    }
    if (user.empty()) {
        return false;
    }
    const auto is_user = [&](const std::string& name) { return name == user; };
    if (std::ranges::any_of(rule.users, [&](const auto& name) { return name == "*"; }) ||
        std::ranges::any_of(rule.users, is_user)) {
        return true;
    }
    return std::ranges::any_of(rule.groups, [&](const std::string& group) {
        const auto members = config_.groups.find(group);
        return members != config_.groups.end() && std::ranges::any_of(members->second, is_user);
    });
}

bool AccessRules::may(std::string_view user, const Need& need) const
{
    if (need.kind == Need::Kind::login) {
        // Also where everybody may pull: Docker asks for a password only if /v2/ says 401.
        return !user.empty();
    }
    if (need.kind != Need::Kind::repository) {
        return !user.empty() || std::ranges::any_of(config_.rules, &AccessConfig::Rule::anonymous);
    }
    if (!config_.restricted) {
        return !user.empty();
    }
    return std::ranges::any_of(config_.rules, [&](const AccessConfig::Rule& rule) {
        return grants(rule, need.action) && concerns(rule, user) &&
               std::ranges::any_of(rule.repositories, [&](const std::string& pattern) {
                   return RepositoryPattern::matches(pattern, need.repository, user);
               });
    });
}

} // namespace strata::registry
