// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/template/syntax.hpp"
#include "cli/template/token_reader.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strata::cli::templates {

/// Reads what stands in an action: pipelines of commands, and which variables they may use.
class ExpressionParser : public TokenReader {
public:
    using TokenReader::TokenReader;

    /// Up to and with `end`. `context` names it in errors: "range".
    Pipeline pipeline(std::string_view context, TokenKind end);
    /// A quoted string.
    std::string name(std::string_view context);

    /// The names of variables that are known here; a block takes back what it has added.
    std::vector<std::string>& variables() { return variables_; }

private:
    void declarations(Pipeline& made, std::string_view context);
    void check(const Pipeline& pipeline, std::string_view context) const;
    Command command();
    std::optional<Expression> operand();
    std::optional<Expression> term();
    Expression word(const Token& token, Expression made) const;
    Value constant(const Token& token) const;
    std::string text_of(const Token& token) const;
    void check_known(const Token& variable) const;

    std::vector<std::string> variables_{"$"};
};

} // namespace strata::cli::templates
