// SPDX-License-Identifier: Apache-2.0
#include "cli/template/token_reader.hpp"

#include "base/error.hpp"
#include "base/strings.hpp"
#include "cli/runes.hpp"

#include <algorithm>
#include <array>

namespace strata::cli::templates {
namespace {

constexpr std::array<std::string_view, 10> kKeywords{
    "block", "break", "continue", "define", "else", "end", "if", "range", "template", "with"};
constexpr int kMaxDepth = 200;     // far beyond what anybody writes
constexpr std::size_t kShown = 10; // characters of a token, in errors

/// As errors name a token.
std::string described(const Token& token)
{
    if (token.kind == TokenKind::end) {
        return "EOF";
    }
    if (is_keyword(token) || token.kind == TokenKind::dot) { // which is a keyword, to Go
        return fmt::format("<{}>", token.text);
    }
    if (token.text.size() <= kShown) {
        return go_quote(token.text);
    }
    std::string_view rest = token.text;
    for (std::size_t i = 0; i < kShown && !rest.empty(); ++i) {
        take_rune(rest);
    }
    return go_quote(token.text.substr(0, token.text.size() - rest.size())) + "...";
}

} // namespace

bool is_keyword(const Token& token)
{
    return token.kind == TokenKind::identifier &&
           std::ranges::find(kKeywords, token.text) != kKeywords.end();
}

bool is_word(const Token& token, std::string_view word)
{
    return token.kind == TokenKind::identifier && token.text == word;
}

const Token& TokenReader::peek_past_space()
{
    while (peek().kind == TokenKind::space) {
        next();
    }
    return peek();
}

const Token& TokenReader::next_past_space()
{
    peek_past_space();
    return next();
}

void TokenReader::fail(std::string_view message) const
{
    fail(message, tokens_[at_ == 0 ? 0 : at_ - 1].line);
}

void TokenReader::fail(std::string_view message, std::size_t line) const
{
    throw Error{Errc::invalid_argument, fmt::format("template: :{}: {}", line, message)};
}

void TokenReader::unexpected(const Token& token, std::string_view context) const
{
    if (token.kind == TokenKind::error) {
        fail(token.message, token.line);
    }
    fail(fmt::format("unexpected {} in {}", described(token), context), token.line);
}

const Token& TokenReader::expect(TokenKind kind, std::string_view context)
{
    const Token& token = next_past_space();
    if (token.kind != kind) {
        unexpected(token, context);
    }
    return token;
}

TokenReader::Depth::Depth(TokenReader& reader) : reader_{reader}
{
    if (++reader.depth_ > kMaxDepth) {
        reader.fail("nested too deeply");
    }
}

} // namespace strata::cli::templates
