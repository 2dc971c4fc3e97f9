// SPDX-License-Identifier: Apache-2.0
//
// Recursive descent over the lexer's tokens, by the grammar of Go's text/template/parse and with
// the texts of its errors.
#include "base/error.hpp"
#include "base/strings.hpp"
#include "cli/runes.hpp"
#include "cli/template/functions.hpp"
#include "cli/template/lexer.hpp"
#include "cli/template/literal.hpp"
#include "cli/template/syntax.hpp"

#include <algorithm>
#include <array>

namespace strata::cli::templates {
namespace {

using Kind = Expression::Kind;

constexpr std::array<std::string_view, 10> kKeywords{
    "block", "break", "continue", "define", "else", "end", "if", "range", "template", "with"};
/// A bound on our own recursion, far beyond what anybody writes.
constexpr int kMaxDepth = 200;

bool is_keyword(const Token& token)
{
    return token.kind == TokenKind::identifier &&
           std::ranges::find(kKeywords, token.text) != kKeywords.end();
}

bool is(const Token& token, std::string_view keyword)
{
    return token.kind == TokenKind::identifier && token.text == keyword;
}

/// As errors name a token.
std::string described(const Token& token)
{
    if (token.kind == TokenKind::end) {
        return "EOF";
    }
    if (is_keyword(token)) {
        return fmt::format("<{}>", token.text);
    }
    if (token.kind == TokenKind::dot) {
        return "<.>"; // a keyword, to Go
    }
    if (token.text.size() > 10) {
        std::string_view rest = token.text;
        for (int i = 0; i < 10 && !rest.empty(); ++i) {
            take_rune(rest);
        }
        return go_quote(token.text.substr(0, token.text.size() - rest.size())) + "...";
    }
    return go_quote(token.text);
}

class Parser {
public:
    explicit Parser(std::string_view text) : tokens_{lex(text)} {}

    Definitions run()
    {
        Statements body;
        while (peek().kind != TokenKind::end) {
            const Ending ending = statement(body);
            if (ending != Ending::none) {
                fail(fmt::format("unexpected {}", ending == Ending::end ? "{{end}}" : "{{else}}"));
            }
        }
        definitions_[""] = std::move(body);
        return std::move(definitions_);
    }

private:
    /// What a list of statements stopped at.
    enum class Ending { none, end, otherwise };

    const Token& peek() const { return tokens_[at_]; }
    const Token& next() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
    const Token& peek_past_space()
    {
        while (peek().kind == TokenKind::space) {
            next();
        }
        return peek();
    }
    const Token& next_past_space()
    {
        peek_past_space();
        return next();
    }

    [[noreturn]] void fail(const std::string& message, std::size_t line) const
    {
        throw Error{Errc::invalid_argument, fmt::format("template: :{}: {}", line, message)};
    }
    [[noreturn]] void fail(const std::string& message) const
    {
        fail(message, tokens_[at_ == 0 ? 0 : at_ - 1].line);
    }
    [[noreturn]] void unexpected(const Token& token, std::string_view context) const
    {
        if (token.kind == TokenKind::error) {
            fail(token.message, token.line);
        }
        fail(fmt::format("unexpected {} in {}", described(token), context), token.line);
    }
    const Token& expect(TokenKind kind, std::string_view context)
    {
        const Token& token = next_past_space();
        if (token.kind != kind) {
            unexpected(token, context);
        }
        return token;
    }

    /// Everything up to {{end}} or {{else}}, which are read.
    std::pair<Statements, Ending> statements()
    {
        Statements list;
        while (peek_past_space().kind != TokenKind::end) {
            if (const Ending ending = statement(list); ending != Ending::none) {
                return {std::move(list), ending};
            }
        }
        fail("unexpected EOF");
    }

    /// Appends one statement, unless it is an ending.
    Ending statement(Statements& into)
    {
        const Token& token = next_past_space();
        if (token.kind == TokenKind::text) {
            into.push_back({.kind = Statement::Kind::text,
                            .position = token.position,
                            .text = std::string{token.text}});
            return Ending::none;
        }
        if (token.kind != TokenKind::left_delimiter) {
            unexpected(token, "input");
        }
        return action(into);
    }

    Ending action(Statements& into)
    {
        const std::size_t before = at_;
        const Token& token = next_past_space();
        if (is(token, "end")) {
            expect(TokenKind::right_delimiter, "end");
            return Ending::end;
        }
        if (is(token, "else")) {
            if (const Token& after = peek_past_space(); !is(after, "if") && !is(after, "with")) {
                expect(TokenKind::right_delimiter, "else");
            }
            return Ending::otherwise;
        }
        if (is(token, "if") || is(token, "with") || is(token, "range")) {
            into.push_back(control(token));
        } else if (is(token, "break") || is(token, "continue")) {
            into.push_back(jump(token));
        } else if (is(token, "template")) {
            into.push_back(call());
        } else if (is(token, "define")) {
            define();
        } else if (is(token, "block")) {
            into.push_back(block(token));
        } else {
            at_ = before;
            const std::size_t position = peek_past_space().position;
            into.push_back({.kind = Statement::Kind::action,
                            .position = position,
                            .pipeline = pipeline("command", TokenKind::right_delimiter)});
        }
        return Ending::none;
    }

    Statement control(const Token& keyword)
    {
        const Depth depth{*this};
        const std::size_t visible = variables_.size();
        const bool loops = keyword.text == "range";
        Statement made{.kind = loops                    ? Statement::Kind::range_else
                               : keyword.text == "with" ? Statement::Kind::with_else
                                                        : Statement::Kind::if_else,
                       .position = keyword.position};
        made.pipeline = pipeline(keyword.text, TokenKind::right_delimiter);
        loops_ += loops ? 1 : 0;
        auto [body, ending] = statements();
        loops_ -= loops ? 1 : 0;
        made.body = std::move(body);
        if (ending == Ending::otherwise) {
            made.otherwise = otherwise(keyword.text);
        }
        variables_.resize(visible);
        return made;
    }

    Statements otherwise(std::string_view keyword)
    {
        if (keyword != "range" && is(peek_past_space(), keyword)) {
            Statements chained; // {{else if …}}: its {{end}} ends both
            chained.push_back(control(next()));
            return chained;
        }
        if (is(peek(), "if") || is(peek(), "with")) {
            unexpected(peek(), "else");
        }
        auto [body, ending] = statements();
        if (ending != Ending::end) {
            fail("expected end; found {{else}}");
        }
        return std::move(body);
    }

    Statement jump(const Token& keyword)
    {
        if (loops_ == 0) {
            fail(fmt::format("{{{{{}}}}} outside {{{{range}}}}", keyword.text), keyword.line);
        }
        expect(TokenKind::right_delimiter, fmt::format("{{{{{}}}}}", keyword.text));
        return {.kind = keyword.text == "break" ? Statement::Kind::break_loop
                                                : Statement::Kind::continue_loop,
                .position = keyword.position};
    }

    std::string template_name(std::string_view context)
    {
        const Token& token = next_past_space();
        if (token.kind != TokenKind::string && token.kind != TokenKind::raw_string) {
            unexpected(token, context);
        }
        return text_of(token);
    }

    Statement call()
    {
        Statement made{.kind = Statement::Kind::call, .position = peek_past_space().position};
        made.position = peek_past_space().position;
        made.text = template_name("template clause");
        if (peek_past_space().kind == TokenKind::right_delimiter) {
            next();
        } else {
            made.pipeline = pipeline("template clause", TokenKind::right_delimiter);
        }
        return made;
    }

    /// The body of a template of its own: it sees none of our variables and none of our loops.
    void definition(std::string name, std::string_view context)
    {
        const Depth depth{*this};
        std::vector<std::string> outer_variables{"$"};
        outer_variables.swap(variables_);
        const int outer_loops = std::exchange(loops_, 0);
        auto [body, ending] = statements();
        if (ending != Ending::end) {
            fail(fmt::format("unexpected {{{{else}}}} in {}", context));
        }
        loops_ = outer_loops;
        outer_variables.swap(variables_);
        definitions_.insert_or_assign(std::move(name), std::move(body));
    }

    void define()
    {
        std::string name = template_name("define clause");
        expect(TokenKind::right_delimiter, "define clause");
        definition(std::move(name), "define clause");
    }

    Statement block(const Token& keyword)
    {
        std::string name = template_name("block clause");
        Statement made{.kind = Statement::Kind::call, .position = keyword.position, .text = name};
        made.pipeline = pipeline("block clause", TokenKind::right_delimiter);
        definition(std::move(name), "block clause");
        return made;
    }

    Pipeline pipeline(std::string_view context, TokenKind end)
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
            --at_;
            made.commands.push_back(command());
        }
        check(made, context);
        made.source = described_source(made);
        return made;
    }

    void declarations(Pipeline& made, std::string_view context)
    {
        while (peek_past_space().kind == TokenKind::variable) {
            const std::size_t before = at_;
            const Token& variable = next();
            const Token& after = peek_past_space();
            const bool comma = after.kind == TokenKind::other && after.text == ",";
            if (after.kind != TokenKind::assign && after.kind != TokenKind::declare && !comma) {
                at_ = before;
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

    void check(const Pipeline& pipeline, std::string_view context) const
    {
        if (pipeline.commands.empty()) {
            fail(fmt::format("missing value for {}", context));
        }
        for (std::size_t i = 1; i < pipeline.commands.size(); ++i) {
            const Kind kind = pipeline.commands[i].words[0].kind;
            if (kind == Kind::constant || kind == Kind::dot || kind == Kind::nil) {
                fail(fmt::format("non executable command in pipeline stage {}", i + 1));
            }
        }
    }

    static std::string described_source(const Pipeline& pipeline)
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

    static bool starts_operand(const Token& token)
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

    Command command()
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
                --at_;
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
    std::optional<Expression> operand()
    {
        std::optional<Expression> term = this->term();
        if (!term || peek().kind != TokenKind::field) {
            return term;
        }
        if (term->kind == Kind::constant || term->kind == Kind::nil || term->kind == Kind::dot) {
            fail(fmt::format("unexpected . after term {}", go_quote(term->source)));
        }
        const std::size_t position = peek().position;
        std::vector<std::string> fields;
        std::string source = term->source;
        while (peek().kind == TokenKind::field) {
            source += peek().text;
            fields.emplace_back(next().text.substr(1));
        }
        if (term->kind == Kind::field || term->kind == Kind::variable) {
            term->fields.insert(term->fields.end(), fields.begin(), fields.end());
            term->position = position;
            term->source = std::move(source);
            return term;
        }
        return Expression{.kind = Kind::chain,
                          .position = position,
                          .source = std::move(source),
                          .fields = std::move(fields),
                          .base = std::make_shared<Expression>(std::move(*term))};
    }

    std::optional<Expression> term()
    {
        const Token& token = next_past_space();
        Expression made{
            .kind = Kind::dot, .position = token.position, .source = std::string{token.text}};
        switch (token.kind) {
        case TokenKind::dot:
            return made;
        case TokenKind::field:
            made.kind = Kind::field;
            made.fields = {std::string{token.text.substr(1)}};
            return made;
        case TokenKind::variable:
            check_known(token);
            made.kind = Kind::variable;
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
            made.kind = Kind::constant;
            made.constant = constant(token);
            return made;
        case TokenKind::left_paren: {
            const Depth depth{*this};
            made.kind = Kind::pipeline;
            made.pipeline = std::make_shared<Pipeline>(
                pipeline("parenthesized pipeline", TokenKind::right_paren));
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
        at_ -= &token == &tokens_[at_] ? 0 : 1; // not ours; next() does not go past the last token
        return std::nullopt;
    }

    Expression word(const Token& token, Expression made) const
    {
        if (token.text == "true" || token.text == "false") {
            made.kind = Kind::constant;
            made.constant = token.text == "true";
        } else if (token.text == "nil") {
            made.kind = Kind::nil;
        } else if (find_function(token.text) != nullptr) {
            made.kind = Kind::function;
            made.name = token.text;
        } else {
            fail(fmt::format("function {} not defined", go_quote(token.text)), token.line);
        }
        return made;
    }

    Value constant(const Token& token) const
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

    std::string text_of(const Token& token) const
    {
        auto text = unquoted(token.text);
        if (!text) {
            fail("invalid syntax", token.line);
        }
        return std::move(*text);
    }

    void check_known(const Token& variable) const
    {
        if (std::ranges::find(variables_, variable.text) == variables_.end()) {
            fail(fmt::format("undefined variable {}", go_quote(variable.text)), variable.line);
        }
    }

    /// Counts how deep we are in blocks and parentheses.
    class Depth {
    public:
        explicit Depth(Parser& parser) : parser_{parser}
        {
            if (++parser.depth_ > kMaxDepth) {
                parser.fail("nested too deeply");
            }
        }
        Depth(const Depth&) = delete;
        Depth& operator=(const Depth&) = delete;
        ~Depth() { --parser_.depth_; }

    private:
        Parser& parser_;
    };

    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    std::vector<std::string> variables_{"$"};
    int loops_ = 0;
    int depth_ = 0;
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
