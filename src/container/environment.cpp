// SPDX-License-Identifier: Apache-2.0
#include "container/environment.hpp"

#include "base/error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace strata::container {
namespace {

constexpr std::string_view kDefaultPath =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::string_view name_of(std::string_view variable)
{
    return variable.substr(0, variable.find('='));
}

bool is_bare(std::string_view variable)
{
    return variable.find('=') == std::string_view::npos;
}

std::string_view trim_left(std::string_view text)
{
    const auto begin = text.find_first_not_of(" \t\v\f\r");
    return begin == std::string_view::npos ? std::string_view{} : text.substr(begin);
}

} // namespace

std::string parse_env_option(std::string_view text, const EnvironmentLookup& lookup)
{
    if (name_of(text).empty()) {
        throw Error{Errc::invalid_argument, fmt::format("invalid environment variable: {}", text)};
    }
    if (is_bare(text)) {
        if (const auto value = lookup(text)) {
            return fmt::format("{}={}", text, *value);
        }
    }
    return std::string{text};
}

std::vector<std::string> parse_env_file(std::string_view text, const EnvironmentLookup& lookup)
{
    if (text.starts_with("\xef\xbb\xbf")) { // Windows editors
        text.remove_prefix(3);
    }
    std::vector<std::string> variables;
    while (!text.empty()) {
        const auto end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        line = trim_left(line);
        if (line.empty() || line.front() == '#') {
            continue;
        }
        const std::string_view name = name_of(line);
        if (name.empty()) {
            throw Error{Errc::invalid_argument, fmt::format("no variable name on line '{}'", line)};
        }
        if (name.find_first_of(" \t\v\f\r") != std::string_view::npos) {
            throw Error{Errc::invalid_argument,
                        fmt::format("variable '{}' contains whitespaces", name)};
        }
        if (!is_bare(line)) {
            variables.emplace_back(line);
        } else if (const auto value = lookup(name)) {
            variables.push_back(fmt::format("{}={}", name, *value));
        }
    }
    return variables;
}

std::vector<std::string> merge_env(std::vector<std::string> base,
                                   const std::vector<std::string>& changes)
{
    for (const std::string& change : changes) {
        const auto place = std::ranges::find(base, name_of(change), name_of);
        if (is_bare(change)) {
            if (place != base.end()) {
                base.erase(place);
            }
        } else if (place != base.end()) {
            *place = change;
        } else {
            base.push_back(change);
        }
    }
    return base;
}

std::vector<std::string> process_environment(const ProcessEnvironment& from)
{
    std::vector<std::string> variables{std::string{kDefaultPath},
                                       fmt::format("HOSTNAME={}", from.hostname)};
    if (from.terminal) {
        variables.emplace_back("TERM=xterm");
    }
    variables = merge_env(std::move(variables), from.own);
    const auto home = std::ranges::find(variables, "HOME", name_of);
    if (home == variables.end()) {
        variables.push_back(fmt::format("HOME={}", from.home));
    }
    return variables;
}

} // namespace strata::container
