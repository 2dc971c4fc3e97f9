// SPDX-License-Identifier: Apache-2.0
#include "cli/template/expression_parser.hpp"

#include "base/error.hpp"
#include "base/strings.hpp"
#include "cli/runes.hpp"
#include "cli/template/functions.hpp"
#include "cli/template/literal.hpp"

#include <algorithm>

namespace strata::cli::templates {
namespace {

using Form = Expression::Kind;

std::string described_source(const Pipeline& pipeline)
{
    std::string source;
    for (const std::string& variable : pipeline.variables) {
        source += (source.empty() ? "" : ", ") + variable;
    }
    source += source.empty() ? "" : pipeline.assigns ? " = " : " := ";
    std::string_view separator;
    for (const Command& command : pipeline.commands) {
        source += separator;
        source += command.source;
        separator = " | ";
    }
    return source;
}

bool starts_operand(const Token& token)
{
    switch (token.kind) {
    case TokenKind::dot:
    case TokenKind::field:
    case TokenKind::variable:
    case TokenKind::number:
    case TokenKind::character:
    case TokenKind::string:
    case TokenKind::raw_string:
    case TokenKind::left_paren:
        return true;
    case TokenKind::identifier:
        return !is_keyword(token);
    case TokenKind::text:
    case TokenKind::left_delimiter:
    case TokenKind::right_delimiter:
    case TokenKind::space:
    case TokenKind::right_paren:
    case TokenKind::pipe:
    case TokenKind::assign:
    case TokenKind::declare:
    case TokenKind::other:
    case TokenKind::error:
    case TokenKind::end:
        break;
    }
    return false;
}

} // namespace

Pipeline ExpressionParser::pipeline(std::string_view context, TokenKind end)
{
    Pipeline made;
    made.position = peek_past_space().position;
    declarations(made, context);
    while (true) {
        const Token& token = next_past_space();
        if (token.kind == end) {
            break;
        }
        if (!starts_operand(token)) {
            unexpected(token, context);
        }
        go_back(mark() - 1);
        made.commands.push_back(command());
    }
    check(made, context);
    made.source = described_source(made);
    return made;
}

std::string ExpressionParser::name(std::string_view context)
{
    const Token& token = next_past_space();
    if (token.kind != TokenKind::string && token.kind != TokenKind::raw_string) {
        unexpected(token, context);
    }
    return text_of(token);
}

void ExpressionParser::declarations(Pipeline& made, std::string_view context)
{
    while (peek_past_space().kind == TokenKind::variable) {
        const std::size_t before = mark();
        const Token& variable = next();
        const Token& after = peek_past_space();
        const bool comma = after.kind == TokenKind::other && after.text == ",";
        if (after.kind != TokenKind::assign && after.kind != TokenKind::declare && !comma) {
            go_back(before);
            return;
        }
        made.assigns = after.kind == TokenKind::assign;
        if (made.assigns) {
            check_known(variable);
        }
        next();
        made.variables.emplace_back(variable.text);
        variables_.emplace_back(variable.text);
        if (!comma) {
            return;
        }
        if (context != "range" || made.variables.size() >= 2) {
            fail(fmt::format("too many declarations in {}", context));
        }
        if (const TokenKind kind = peek_past_space().kind; kind != TokenKind::variable &&
                                                           kind != TokenKind::right_delimiter &&
                                                           kind != TokenKind::right_paren) {
            fail("range can only initialize variables");
        }
    }
}

void ExpressionParser::check(const Pipeline& pipeline, std::string_view context) const
{
    if (pipeline.commands.empty()) {
        fail(fmt::format("missing value for {}", context));
    }
    for (std::size_t i = 1; i < pipeline.commands.size(); ++i) {
        const Form kind = pipeline.commands[i].words[0].kind;
        if (kind == Form::constant || kind == Form::dot || kind == Form::nil) {
            fail(fmt::format("non executable command in pipeline stage {}", i + 1));
        }
    }
}

Command ExpressionParser::command()
{
    Command made;
    made.position = peek_past_space().position;
    while (true) {
        peek_past_space();
        if (std::optional<Expression> word = operand()) {
            made.source += made.words.empty() ? "" : " ";
            made.source += word->source;
            made.words.push_back(std::move(*word));
        }
        const Token& token = next();
        if (token.kind == TokenKind::space) {
            continue;
        }
        if (token.kind == TokenKind::right_delimiter || token.kind == TokenKind::right_paren) {
            go_back(mark() - 1);
        } else if (token.kind != TokenKind::pipe) {
            unexpected(token, "operand");
        }
        break;
    }
    if (made.words.empty()) {
        fail("empty command");
    }
    return made;
}

/// A term and the fields after it: "$x.A.B".
std::optional<Expression> ExpressionParser::operand()
{
    std::optional<Expression> read = term();
    if (!read || peek().kind != TokenKind::field) {
        return read;
    }
    if (read->kind == Form::constant || read->kind == Form::nil || read->kind == Form::dot) {
        fail(fmt::format("unexpected . after term {}", go_quote(read->source)));
    }
    const std::size_t position = peek().position;
    std::vector<std::string> fields;
    std::string source = read->source;
    while (peek().kind == TokenKind::field) {
        source += peek().text;
        fields.emplace_back(next().text.substr(1));
    }
    if (read->kind == Form::field || read->kind == Form::variable) {
        read->fields.insert(read->fields.end(), fields.begin(), fields.end());
        read->position = position;
        read->source = std::move(source);
        return read;
    }
    return Expression{.kind = Form::chain,
                      .position = position,
                      .source = std::move(source),
                      .fields = std::move(fields),
                      .base = std::make_shared<Expression>(std::move(*read))};
}

std::optional<Expression> ExpressionParser::term()
{
    peek_past_space();
    const std::size_t before = mark();
    const Token& token = next();
    Expression made{
        .kind = Form::dot, .position = token.position, .source = std::string{token.text}};
    switch (token.kind) {
    case TokenKind::dot:
        return made;
    case TokenKind::field:
        made.kind = Form::field;
        made.fields = {std::string{token.text.substr(1)}};
        return made;
    case TokenKind::variable:
        check_known(token);
        made.kind = Form::variable;
        made.name = token.text;
        return made;
    case TokenKind::identifier:
        if (!is_keyword(token)) {
            return word(token, std::move(made));
        }
        break;
    case TokenKind::number:
    case TokenKind::character:
    case TokenKind::string:
    case TokenKind::raw_string:
        made.kind = Form::constant;
        made.constant = constant(token);
        return made;
    case TokenKind::left_paren: {
        const Depth depth{*this};
        made.kind = Form::pipeline;
        made.pipeline =
            std::make_shared<Pipeline>(pipeline("parenthesized pipeline", TokenKind::right_paren));
        made.source = fmt::format("({})", made.pipeline->source);
        return made;
    }
    case TokenKind::text:
    case TokenKind::left_delimiter:
    case TokenKind::right_delimiter:
    case TokenKind::space:
    case TokenKind::right_paren:
    case TokenKind::pipe:
    case TokenKind::assign:
    case TokenKind::declare:
    case TokenKind::other:
    case TokenKind::error:
    case TokenKind::end:
        break;
    }
    go_back(before); // not ours
    return std::nullopt;
}

Expression ExpressionParser::word(const Token& token, Expression made) const
{
    if (token.text == "true" || token.text == "false") {
        made.kind = Form::constant;
        made.constant = token.text == "true";
    } else if (token.text == "nil") {
        made.kind = Form::nil;
    } else if (find_function(token.text) != nullptr) {
        made.kind = Form::function;
        made.name = token.text;
    } else {
        fail(fmt::format("function {} not defined", go_quote(token.text)), token.line);
    }
    return made;
}

Value ExpressionParser::constant(const Token& token) const
{
    if (token.kind == TokenKind::string || token.kind == TokenKind::raw_string) {
        return text_of(token);
    }
    if (token.kind == TokenKind::character) {
        const auto text = unquoted(token.text);
        if (!text || rune_count(*text) != 1) {
            fail(fmt::format("malformed character constant: {}", token.text), token.line);
        }
        std::string_view rest = *text;
        return static_cast<std::int64_t>(take_rune(rest));
    }
    const auto number = parse_number(token.text);
    if (!number) {
        fail(fmt::format("illegal number syntax: {}", go_quote(token.text)), token.line);
    }
    return *number;
}

std::string ExpressionParser::text_of(const Token& token) const
{
    auto text = unquoted(token.text);
    if (!text) {
        fail("invalid syntax", token.line);
    }
    return std::move(*text);
}

void ExpressionParser::check_known(const Token& variable) const
{
    if (std::ranges::find(variables_, variable.text) == variables_.end()) {
        fail(fmt::format("undefined variable {}", go_quote(variable.text)), variable.line);
    }
}

} // namespace strata::cli::templates
