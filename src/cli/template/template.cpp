// SPDX-License-Identifier: Apache-2.0
#include "cli/template/template.hpp"

#include "base/error.hpp"
#include "cli/template/evaluator.hpp"
#include "cli/template/lexer.hpp"

#include <algorithm>

namespace strata::cli::templates {
namespace {

[[noreturn]] void rethrow(const Error& error, Errc code)
{
    // Docker says so of both: a template that does not parse, and one that does not fit.
    throw Error{error.code() == Errc::invalid_argument ? code : error.code(),
                "template parsing error: " + error.message()};
}

} // namespace

Template Template::parse(std::string text)
{
    Template made;
    try {
        made.definitions_ = templates::parse(text);
    } catch (const Error& error) {
        rethrow(error, Errc::invalid_argument);
    }
    made.text_ = std::move(text);
    return made;
}

std::string Template::run(const Value& data, const RunOptions& options) const
{
    try {
        return evaluate(text_, definitions_, data, options);
    } catch (const Error& error) {
        rethrow(error, Errc::conflict);
    }
}

bool Template::mentions(std::string_view name) const
{
    return std::ranges::any_of(lex(text_), [&](const Token& token) {
        return token.kind == TokenKind::field && token.text.substr(1) == name;
    });
}

bool Template::mentions_everything() const
{
    const std::vector<Token> tokens = lex(text_);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const bool is_root = tokens[i].kind == TokenKind::variable && tokens[i].text == "$" &&
                             tokens.at(i + 1).kind != TokenKind::field; // never the last: "end"
        if (is_root || tokens[i].kind == TokenKind::dot) {
            return true;
        }
    }
    return false;
}

} // namespace strata::cli::templates
