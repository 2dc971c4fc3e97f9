// SPDX-License-Identifier: Apache-2.0
//
// Go's text/template over JSON documents and rows of listings: what `--format` takes.
//
// lexer → parser → evaluator; value.hpp says what there is to evaluate. Everything is bounded
// (steps, depth, size of the output), because a template may come from somebody else's script.
#pragma once

#include "cli/template/syntax.hpp"
#include "cli/template/value.hpp"

#include <string>
#include <string_view>

namespace strata::cli::templates {

enum class MissingKey {
    no_value, // "<no value>"
    error,    // Go's missingkey=error
};

struct RunOptions {
    MissingKey missing_key = MissingKey::no_value;
    bool is_header = false; // functions that change text leave it alone
};

class Template {
public:
    /// Throws Errc::invalid_argument "template parsing error: template: :1: unclosed action".
    static Template parse(std::string text);

    /// Throws Errc::invalid_argument "template parsing error: template: :1:2: executing \"\" at
    /// <.X>: …", and Errc::exhausted for a template that would not end.
    std::string run(const Value& data, const RunOptions& options = {}) const;

    /// Whether it uses `.name` anywhere: some fields cost work.
    bool mentions(std::string_view name) const;
    /// Whether it uses the whole of its data: `{{json .}}`.
    bool mentions_everything() const;

private:
    std::string text_;
    Definitions definitions_;
};

} // namespace strata::cli::templates
