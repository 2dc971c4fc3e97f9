// SPDX-License-Identifier: Apache-2.0
#include "registry/names.hpp"

#include <algorithm>

namespace strata::registry {
namespace {

constexpr std::size_t kMaxRepositoryName = 255;
constexpr std::size_t kMaxTagName = 128;

constexpr bool is_alphanumeric(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

constexpr bool is_word(char c) noexcept
{
    return is_alphanumeric(c) || (c >= 'A' && c <= 'Z') || c == '_';
}

/// One dot, one or two underscores, any number of hyphens.
bool is_separator(std::string_view text) noexcept
{
    return text == "." || text == "_" || text == "__" ||
           text.find_first_not_of('-') == std::string_view::npos;
}

bool is_component(std::string_view text) noexcept
{
    if (text.empty() || !is_alphanumeric(text.front()) || !is_alphanumeric(text.back())) {
        return false;
    }
    const auto* at = text.begin();
    while (at != text.end()) {
        at = std::find_if_not(at, text.end(), is_alphanumeric);
        const auto* const next = std::find_if(at, text.end(), is_alphanumeric);
        if (at != next && !is_separator({at, static_cast<std::size_t>(next - at)})) {
            return false;
        }
        at = next;
    }
    return true;
}

} // namespace

bool is_repository_name(std::string_view text) noexcept
{
    if (text.size() > kMaxRepositoryName) {
        return false;
    }
    for (;;) {
        const std::size_t slash = text.find('/');
        if (!is_component(text.substr(0, slash))) {
            return false;
        }
        if (slash == std::string_view::npos) {
            return true;
        }
        text.remove_prefix(slash + 1);
    }
}

bool is_tag_name(std::string_view text) noexcept
{
    return !text.empty() && text.size() <= kMaxTagName && is_word(text.front()) &&
           std::ranges::all_of(text, [](char c) { return is_word(c) || c == '.' || c == '-'; });
}

} // namespace strata::registry
