// SPDX-License-Identifier: Apache-2.0
//
// Recursive descent over the lexer's tokens, by the grammar of Go's text/template/parse and with
// the texts of its errors.
#include "cli/template/expression_parser.hpp"
#include "cli/template/syntax.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace strata::cli::templates {
namespace {

class Parser {
public:
    explicit Parser(std::string_view text) : in_{text} {}

    Definitions run()
    {
        Statements body;
        while (in_.peek().kind != TokenKind::end) {
            const Ending ending = statement(body);
            if (ending != Ending::none) {
                in_.fail(
                    fmt::format("unexpected {}", ending == Ending::end ? "{{end}}" : "{{else}}"));
            }
        }
        definitions_[""] = std::move(body);
        return std::move(definitions_);
    }

private:
    /// What a list of statements stopped at.
    enum class Ending { none, end, otherwise };

    /// Everything up to {{end}} or {{else}}, which are read.
    std::pair<Statements, Ending> statements()
    {
        Statements list;
        while (in_.peek_past_space().kind != TokenKind::end) {
            if (const Ending ending = statement(list); ending != Ending::none) {
                return {std::move(list), ending};
            }
        }
        in_.fail("unexpected EOF");
    }

    /// Appends one statement, unless it is an ending.
    Ending statement(Statements& into)
    {
        const Token& token = in_.next_past_space();
        if (token.kind == TokenKind::text) {
            into.push_back({.kind = Statement::Kind::text,
                            .position = token.position,
                            .text = std::string{token.text}});
            return Ending::none;
        }
        if (token.kind != TokenKind::left_delimiter) {
            in_.unexpected(token, "input");
        }
        return action(into);
    }

    Ending action(Statements& into)
    {
        const std::size_t before = in_.mark();
        const Token& token = in_.next_past_space();
        if (is_word(token, "end")) {
            in_.expect(TokenKind::right_delimiter, "end");
            return Ending::end;
        }
        if (is_word(token, "else")) {
            if (const Token& after = in_.peek_past_space();
                !is_word(after, "if") && !is_word(after, "with")) {
                in_.expect(TokenKind::right_delimiter, "else");
            }
            return Ending::otherwise;
        }
        if (is_word(token, "if") || is_word(token, "with") || is_word(token, "range")) {
            into.push_back(control(token));
        } else if (is_word(token, "break") || is_word(token, "continue")) {
            into.push_back(jump(token));
        } else if (is_word(token, "template")) {
            into.push_back(call());
        } else if (is_word(token, "define")) {
            define();
        } else if (is_word(token, "block")) {
            into.push_back(block(token));
        } else {
            in_.go_back(before);
            const std::size_t position = in_.peek_past_space().position;
            into.push_back({.kind = Statement::Kind::action,
                            .position = position,
                            .pipeline = in_.pipeline("command", TokenKind::right_delimiter)});
        }
        return Ending::none;
    }

    Statement control(const Token& keyword)
    {
        const TokenReader::Depth depth{in_};
        const std::size_t visible = in_.variables().size();
        const bool loops = keyword.text == "range";
        Statement made{.kind = loops                    ? Statement::Kind::range_else
                               : keyword.text == "with" ? Statement::Kind::with_else
                                                        : Statement::Kind::if_else,
                       .position = keyword.position};
        made.pipeline = in_.pipeline(keyword.text, TokenKind::right_delimiter);
        loops_ += loops ? 1 : 0;
        auto [body, ending] = statements();
        loops_ -= loops ? 1 : 0;
        made.body = std::move(body);
        if (ending == Ending::otherwise) {
            made.otherwise = otherwise(keyword.text);
        }
        in_.variables().resize(visible);
        return made;
    }

    Statements otherwise(std::string_view keyword)
    {
        if (keyword != "range" && is_word(in_.peek_past_space(), keyword)) {
            Statements chained; // {{else if …}}: its {{end}} ends both
            chained.push_back(control(in_.next()));
            return chained;
        }
        if (is_word(in_.peek(), "if") || is_word(in_.peek(), "with")) {
            in_.unexpected(in_.peek(), "else");
        }
        auto [body, ending] = statements();
        if (ending != Ending::end) {
            in_.fail("expected end; found {{else}}");
        }
        return std::move(body);
    }

    Statement jump(const Token& keyword)
    {
        if (loops_ == 0) {
            in_.fail(fmt::format("{{{{{}}}}} outside {{{{range}}}}", keyword.text), keyword.line);
        }
        in_.expect(TokenKind::right_delimiter, fmt::format("{{{{{}}}}}", keyword.text));
        return {.kind = keyword.text == "break" ? Statement::Kind::break_loop
                                                : Statement::Kind::continue_loop,
                .position = keyword.position};
    }

    Statement call()
    {
        Statement made{.kind = Statement::Kind::call, .position = in_.peek_past_space().position};
        made.text = in_.name("template clause");
        if (in_.peek_past_space().kind == TokenKind::right_delimiter) {
            in_.next();
        } else {
            made.pipeline = in_.pipeline("template clause", TokenKind::right_delimiter);
        }
        return made;
    }

    /// The body of a template of its own: it sees none of our variables and none of our loops.
    void definition(std::string name, std::string_view context)
    {
        const TokenReader::Depth depth{in_};
        std::vector<std::string> outer_variables{"$"};
        outer_variables.swap(in_.variables());
        const int outer_loops = std::exchange(loops_, 0);
        auto [body, ending] = statements();
        if (ending != Ending::end) {
            in_.fail(fmt::format("unexpected {{{{else}}}} in {}", context));
        }
        loops_ = outer_loops;
        outer_variables.swap(in_.variables());
        definitions_.insert_or_assign(std::move(name), std::move(body));
    }

    void define()
    {
        std::string name = in_.name("define clause");
        in_.expect(TokenKind::right_delimiter, "define clause");
        definition(std::move(name), "define clause");
    }

    Statement block(const Token& keyword)
    {
        std::string name = in_.name("block clause");
        Statement made{.kind = Statement::Kind::call, .position = keyword.position, .text = name};
        made.pipeline = in_.pipeline("block clause", TokenKind::right_delimiter);
        definition(std::move(name), "block clause");
        return made;
    }

    ExpressionParser in_;
    int loops_ = 0;
    Definitions definitions_;
};

} // namespace

Definitions parse(std::string_view text)
{
    return Parser{text}.run();
}

std::string location(std::string_view text, std::size_t position)
{
    const std::string_view before = text.substr(0, position);
    const std::size_t newline = before.rfind('\n');
    const std::size_t column = newline == before.npos ? position : position - newline - 1;
    return fmt::format(":{}:{}", 1 + std::ranges::count(before, '\n'), column);
}

} // namespace strata::cli::templates
