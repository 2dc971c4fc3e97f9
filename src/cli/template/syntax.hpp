// SPDX-License-Identifier: Apache-2.0
//
// A parsed template: texts, actions, blocks, and the expressions in them.
#pragma once

#include "cli/template/value.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace strata::cli::templates {

struct Pipeline;

struct Expression {
    enum class Kind { dot, nil, constant, field, variable, function, chain, pipeline };
    Kind kind;
    std::size_t position = 0;
    std::string source;                         // as error messages show it
    Value constant{};                           // of a constant
    std::string name{};                         // of a function or a variable
    std::vector<std::string> fields{};          // after a dot, a variable, or `base`
    std::shared_ptr<const Expression> base{};   // of a chain
    std::shared_ptr<const Pipeline> pipeline{}; // in parentheses
};

struct Command {
    std::size_t position = 0;
    std::string source;
    std::vector<Expression> words; // a function or method and its arguments, or one value
};

struct Pipeline {
    std::size_t position = 0;
    std::string source;
    std::vector<std::string> variables; // that it declares or assigns
    bool assigns = false;
    std::vector<Command> commands;
};

struct Statement;
using Statements = std::vector<Statement>;

struct Statement {
    enum class Kind {
        text,
        action,
        if_else,
        with_else,
        range_else,
        call,
        break_loop,
        continue_loop
    };
    Kind kind;
    std::size_t position = 0;
    std::string text{}; // of a text; the name of a called template
    Pipeline pipeline{};
    Statements body{};
    Statements otherwise{};
};

/// A template and those that it defines, by name; the outermost one has the empty name.
using Definitions = std::map<std::string, Statements, std::less<>>;

/// Throws Errc::invalid_argument with Go's text: "template: :1: unclosed action".
Definitions parse(std::string_view text);

/// Where something stands, as errors say it: ":1:8".
std::string location(std::string_view text, std::size_t position);

} // namespace strata::cli::templates
