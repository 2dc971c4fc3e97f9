// SPDX-License-Identifier: Apache-2.0
#include "registry/auth/scope.hpp"

#include "base/strings.hpp"

#include <algorithm>

namespace strata::registry {
namespace {

constexpr std::size_t kMaxScopes = 100;

bool is_word(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    });
}

bool is_action(std::string_view text)
{
    return text == "*" || std::ranges::all_of(text, [](char c) { return c >= 'a' && c <= 'z'; });
}

bool is_name(std::string_view text)
{
    return !text.empty() && text.size() <= 255 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == '-' || c == '/' || c == ':';
    });
}

/// "repository(plugin)" without its class, which means nothing any more.
std::optional<std::string_view> parse_type(std::string_view text)
{
    if (const std::size_t open = text.find('('); open != std::string_view::npos) {
        if (!text.ends_with(')') || !is_word(text.substr(open + 1, text.size() - open - 2))) {
            return std::nullopt;
        }
        text = text.substr(0, open);
    }
    return is_word(text) ? std::optional{text} : std::nullopt;
}

Scope needed(const Need& need)
{
    switch (need.kind) {
    case Need::Kind::login:
        break;
    case Need::Kind::repository:
        return {"repository", need.repository, {std::string{name_of(need.action)}}};
    case Need::Kind::catalog:
        return {"registry", "catalog", {"*"}};
    case Need::Kind::search:
        return {"registry", "catalog", {"search"}};
    }
    return {};
}

} // namespace

std::string_view name_of(Action action) noexcept
{
    switch (action) {
    case Action::pull:
        return "pull";
    case Action::push:
        return "push";
    case Action::remove:
        break;
    }
    return "delete";
}

std::optional<Scope> parse_scope(std::string_view text)
{
    // The name may have a port in it, so only the first and the last colon separate.
    const std::size_t first = text.find(':');
    const std::size_t last = text.rfind(':');
    if (first == std::string_view::npos || first == last) {
        return std::nullopt;
    }
    const auto type = parse_type(text.substr(0, first));
    const std::string_view name = text.substr(first + 1, last - first - 1);
    if (!type || !is_name(name)) {
        return std::nullopt;
    }
    Scope scope{std::string{*type}, std::string{name}, {}};
    for (std::string& action : split(text.substr(last + 1), ',')) {
        if (!is_action(action)) {
            return std::nullopt;
        }
        if (!action.empty() && std::ranges::find(scope.actions, action) == scope.actions.end()) {
            scope.actions.push_back(std::move(action));
        }
    }
    return scope;
}

std::vector<Scope> parse_scopes(std::string_view text)
{
    std::vector<Scope> scopes;
    for (const std::string& word : split_words(text)) {
        auto scope = parse_scope(word);
        if (scope && scopes.size() < kMaxScopes) {
            scopes.push_back(*std::move(scope));
        }
    }
    return scopes;
}

std::string print_scope(const Scope& scope)
{
    return scope.type + ':' + scope.name + ':' + join(scope.actions, ",");
}

std::string scopes_for(const std::vector<Need>& needs)
{
    std::vector<Scope> scopes;
    for (const Need& need : needs) {
        const Scope wanted = needed(need);
        if (wanted.type.empty()) {
            continue;
        }
        const auto same = std::ranges::find_if(scopes, [&](const Scope& scope) {
            return scope.type == wanted.type && scope.name == wanted.name;
        });
        if (same == scopes.end()) {
            scopes.push_back(wanted);
        } else if (std::ranges::find(same->actions, wanted.actions.front()) ==
                   same->actions.end()) {
            same->actions.push_back(wanted.actions.front());
        }
    }
    std::string text;
    for (const Scope& scope : scopes) {
        text += (text.empty() ? "" : " ") + print_scope(scope);
    }
    return text;
}

bool scopes_allow(const std::vector<Scope>& scopes, const Need& need) noexcept
{
    if (need.kind == Need::Kind::login) {
        return true; // whoever has a token
    }
    const bool repository = need.kind == Need::Kind::repository;
    const std::string_view type = repository ? "repository" : "registry";
    const std::string_view name = repository ? std::string_view{need.repository} : "catalog";
    const std::string_view action = repository                        ? name_of(need.action)
                                    : need.kind == Need::Kind::search ? "search"
                                                                      : "*";
    return std::ranges::any_of(scopes, [&](const Scope& scope) {
        return scope.type == type && scope.name == name &&
               std::ranges::any_of(scope.actions, [&](const std::string& granted) {
                   return granted == "*" || granted == action;
               });
    });
}

} // namespace strata::registry
