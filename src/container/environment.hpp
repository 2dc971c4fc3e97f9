// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strata::container {

/// The value of a variable where the command was typed.
using EnvironmentLookup = std::function<std::optional<std::string>(std::string_view name)>;

/// One `-e`: "NAME=value" as it is; "NAME" with its value from `lookup`, or bare when it has none
/// there (which takes the image's away). Throws Errc::invalid_argument for an empty name.
std::string parse_env_option(std::string_view text, const EnvironmentLookup& lookup);

/// The text of an --env-file, one variable a line, `#` comments. A bare NAME that `lookup` does not
/// have is left out. Throws Errc::invalid_argument in Docker's words.
std::vector<std::string> parse_env_file(std::string_view text, const EnvironmentLookup& lookup);

/// `base` with `changes` over it: a variable keeps its place, a new one goes to the end, a bare
/// NAME takes it away.
std::vector<std::string> merge_env(std::vector<std::string> base,
                                   const std::vector<std::string>& changes);

/// What the first process sees: PATH, HOSTNAME, TERM with a terminal, then `own` over them, and
/// HOME if nobody set it.
struct ProcessEnvironment {
    const std::vector<std::string>& own;
    std::string_view hostname, home;
    bool terminal = false;
};
std::vector<std::string> process_environment(const ProcessEnvironment& from);

} // namespace strata::container
