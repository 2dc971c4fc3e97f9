// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/template/lexer.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace strata::cli::templates {

bool is_keyword(const Token& token);
bool is_word(const Token& token, std::string_view word);

/// A place in the tokens of a template, and the ways to fail there, in Go's words.
class TokenReader {
public:
    explicit TokenReader(std::string_view text) : tokens_{lex(text)} {}

    const Token& peek() const { return tokens_[at_]; }
    /// The last one, an end or an error, is returned for ever.
    const Token& next() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
    const Token& peek_past_space();
    const Token& next_past_space();

    std::size_t mark() const { return at_; }
    void go_back(std::size_t mark) { at_ = mark; }

    [[noreturn]] void fail(std::string_view message) const; // about what was read last
    [[noreturn]] void fail(std::string_view message, std::size_t line) const;
    [[noreturn]] void unexpected(const Token& token, std::string_view context) const;
    const Token& expect(TokenKind kind, std::string_view context);

    /// Counts how deep we are in blocks and parentheses: our own recursion has to end somewhere.
    class Depth {
    public:
        explicit Depth(TokenReader& reader);
        Depth(const Depth&) = delete;
        Depth& operator=(const Depth&) = delete;
        ~Depth() { --reader_.depth_; }

    private:
        TokenReader& reader_;
    };

private:
    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    int depth_ = 0;
};

} // namespace strata::cli::templates
