// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace strata::cli::templates {

enum class TokenKind {
    text, // outside of {{ }}
    left_delimiter,
    right_delimiter,
    space,
    dot,
    field,      // ".Name"
    variable,   // "$name", "$"
    identifier, // a function, true, false, nil, or a keyword
    number,
    character,
    string,
    raw_string,
    left_paren,
    right_paren,
    pipe,
    assign,
    declare,
    other, // a character that means nothing by itself: ","
    error, // `text` says what is wrong; nothing follows
    end,
};

struct Token {
    TokenKind kind;
    std::size_t position; // in the template, in bytes
    std::size_t line;     // from 1
    std::string_view text;
    std::string message{}; // of an error
};

/// Splits a template; the tokens refer to its text. An error is the last token, as the parser may
/// find another before it.
std::vector<Token> lex(std::string_view text);

} // namespace strata::cli::templates
