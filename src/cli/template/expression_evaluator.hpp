// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/template/functions.hpp"
#include "cli/template/syntax.hpp"
#include "cli/template/template.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace strata::cli::templates {

/// Evaluates what stands in an action, and knows what it is about when that fails.
class ExpressionEvaluator {
public:
    /// `text` is what was parsed; it and `options` must outlive the evaluator.
    ExpressionEvaluator(std::string_view text, const RunOptions& options)
        : text_{text}, options_{options}
    {
    }

    /// Declares or assigns the variables that it names, too.
    Value pipeline(const Pipeline& pipeline, const Value& dot);

    using Variables = std::vector<std::pair<std::string_view, Value>>;
    /// Those that can be seen, innermost last; a block takes back what it has added.
    Variables& variables() { return variables_; }
    void assign(std::string_view name, Value value);

    /// The template that is running now. Returns the one that ran before.
    std::string_view enter(std::string_view name) { return std::exchange(name_, name); }

    /// Remembers what the next error will be about. Throws Errc::exhausted after too many steps.
    void at(std::size_t position, std::string_view source);
    /// Throws Errc::invalid_argument "template: :1:2: executing \"\" at <.X>: …".
    [[noreturn]] void fail(std::string_view message) const;

private:
    Value command(const Command& command, const Value& dot, const Value* final);
    /// An expression without arguments of its own.
    Value argument(const Expression& expression, const Value& dot);
    std::pair<std::string_view, Value>& variable(std::string_view name);

    /// ".A.B", "$x.A" or "(pipeline).A": arguments go to the last one, if it is a method.
    Value fields(const Expression& expression, const Value& dot,
                 std::span<const Expression> arguments, const Value* final);
    Value field(const Value& receiver, const std::string& name, const Value& dot,
                std::span<const Expression> arguments, const Value* final);
    Value member(const Object& object, const std::string& name, const Value& dot,
                 std::span<const Expression> arguments, const Value* final);

    Value call(const Command& command, const Value& dot, const Value* final);
    Value called(const Function& function, const Command& command,
                 std::span<const Value> arguments);
    /// `or` is the first argument that is true, `and` the first that is not; otherwise the last.
    /// The rest is not evaluated.
    Value choose(bool wanted, std::span<const Expression> words, const Value& dot,
                 const Value* final);
    Value typed_argument(const Expression& word, const Value& dot, Parameter parameter);
    Value checked(Value value, Parameter parameter) const;

    std::string_view text_;
    const RunOptions& options_;
    Variables variables_;
    std::string_view name_;
    std::size_t position_ = 0;
    std::string source_;
    std::size_t steps_ = 0;
};

} // namespace strata::cli::templates
