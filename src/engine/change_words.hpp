// SPDX-License-Identifier: Apache-2.0
//
// The little of the Dockerfile language that `--change` needs: lines to instructions, instructions
// to words, variables.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace strata::engine {

struct ChangeInstruction {
    std::string word;               // as written: "env", "CMD"
    std::vector<std::string> flags; // leading words that begin with "--", without quotes
    std::string rest;               // everything behind them, trimmed
};

/// Looks a variable up; nothing when it is not set.
using Variables = std::function<std::optional<std::string>(std::string_view name)>;

/// Joins continued lines, drops comments and blank ones.
std::vector<ChangeInstruction> split_instructions(const std::vector<std::string>& texts);

/// Words separated by blanks outside quotes; quotes and escapes stay in them.
std::vector<std::string> split_quoted_words(std::string_view text);

/// `k=v k2="v 2"` or the old `k all the rest`; `instruction` is for messages. Values still have
/// their quotes.
std::vector<std::pair<std::string, std::string>> split_pairs(std::string_view text,
                                                             std::string_view instruction);

/// A JSON array of strings, or nothing when `text` is not JSON and so meant for a shell.
/// Throws Errc::invalid_argument for an array with something else in it.
std::optional<std::vector<std::string>> json_words(std::string_view text);

/// Removes quotes and escapes and replaces $name, ${name}, ${name:-word}, ${name:+word},
/// ${name:?word} (and the same without the colon). Throws Errc::invalid_argument.
std::string expand(std::string_view text, const Variables& variables);

/// The same, but blanks of an unquoted value separate words, as EXPOSE wants it.
std::vector<std::string> expand_words(std::string_view text, const Variables& variables);

} // namespace strata::engine
