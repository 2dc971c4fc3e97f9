// SPDX-License-Identifier: Apache-2.0
//
// Walks a parsed template, by the rules of Go's text/template/exec and with the texts of its
// errors.
#include "cli/template/evaluator.hpp"

#include "base/error.hpp"
#include "base/strings.hpp"
#include "cli/template/functions.hpp"
#include "cli/template/print.hpp"

#include <algorithm>
#include <utility>

namespace strata::cli::templates {
namespace {

constexpr std::size_t kMaxSteps = 3'000'000;
constexpr std::size_t kMaxOutput = 64 << 20;
constexpr std::size_t kMaxDepth =
    2000; // of blocks in blocks and templates in templates: our own stack is finite

/// Why a list of statements ended.
enum class Flow { onward, broken, continued };

class Evaluator {
public:
    Evaluator(std::string_view text, const Definitions& definitions, const RunOptions& options)
        : text_{text}, definitions_{definitions}, options_{options}
    {
    }

    std::string run(const Value& data)
    {
        variables_.emplace_back("$", data);
        walk(definitions_.find("")->second, data);
        return std::move(output_);
    }

private:
    // --- errors

    /// Remembers what errors are about.
    void at(std::size_t position, std::string_view source)
    {
        position_ = position;
        source_ = source;
        if (++steps_ > kMaxSteps) {
            throw Error{Errc::exhausted, "template: the template takes too long"};
        }
    }
    [[noreturn]] void fail(const std::string& message) const
    {
        throw Error{Errc::invalid_argument,
                    fmt::format("template: {}: executing {} at <{}>: {}",
                                location(text_, position_), go_quote(name_), source_, message)};
    }
    void emit(std::string_view text)
    {
        if (output_.size() + text.size() > kMaxOutput) {
            throw Error{Errc::exhausted, "template: the output gets too long"};
        }
        output_ += text;
    }

    // --- statements

    Flow walk(const Statements& statements, const Value& dot)
    {
        if (depth_ == kMaxDepth) {
            fail(fmt::format("exceeded maximum template depth ({})", kMaxDepth));
        }
        ++depth_;
        Flow flow = Flow::onward;
        for (auto each = statements.begin(); each != statements.end() && flow == Flow::onward;
             ++each) {
            flow = walk(*each, dot);
        }
        --depth_;
        return flow;
    }

    Flow walk(const Statement& statement, const Value& dot)
    {
        switch (statement.kind) {
        case Statement::Kind::text:
            emit(statement.text);
            return Flow::onward;
        case Statement::Kind::action: {
            const Value value = pipeline(statement.pipeline, dot);
            if (statement.pipeline.variables.empty()) {
                emit(kind(value) == Kind::invalid ? "<no value>" : printed(value));
            }
            return Flow::onward;
        }
        case Statement::Kind::if_else:
        case Statement::Kind::with_else:
            return walk_condition(statement, dot);
        case Statement::Kind::range_else:
            walk_range(statement, dot);
            return Flow::onward;
        case Statement::Kind::call:
            walk_call(statement, dot);
            return Flow::onward;
        case Statement::Kind::break_loop:
            return Flow::broken;
        case Statement::Kind::continue_loop:
            return Flow::continued;
        }
        return Flow::onward;
    }

    Flow walk_condition(const Statement& statement, const Value& dot)
    {
        const std::size_t visible = variables_.size();
        const Value value = pipeline(statement.pipeline, dot);
        const bool changes_dot = statement.kind == Statement::Kind::with_else;
        const Flow flow = is_true(value) ? walk(statement.body, changes_dot ? value : dot)
                                         : walk(statement.otherwise, dot);
        variables_.resize(visible);
        return flow;
    }

    void walk_range(const Statement& statement, const Value& dot)
    {
        const std::size_t visible = variables_.size();
        const Value value = pipeline(statement.pipeline, dot);
        if (!loop(statement, value)) {
            variables_.resize(visible);
            walk(statement.otherwise, dot);
        }
        variables_.resize(visible);
    }

    /// False if there was nothing to go through.
    bool loop(const Statement& statement, const Value& value)
    {
        switch (kind(value)) {
        case Kind::integer:
            for (std::int64_t i = 0; i < value.as<std::int64_t>(); ++i) {
                if (!iterate(statement, i, i)) {
                    break;
                }
            }
            return value.as<std::int64_t>() > 0;
        case Kind::list:
            for (std::size_t i = 0; i < length(value); ++i) {
                if (!iterate(statement, static_cast<std::int64_t>(i), element(value, i))) {
                    break;
                }
            }
            return length(value) > 0;
        case Kind::map:
            for (const auto& [key, member] : entries(value)) {
                if (!iterate(statement, key, member)) {
                    break;
                }
            }
            return length(value) > 0;
        case Kind::invalid:
        case Kind::nil:
            return false;
        case Kind::boolean:
        case Kind::real:
        case Kind::string:
        case Kind::structure:
        case Kind::object:
            break;
        }
        fail(fmt::format("range can't iterate over {}", printed(value)));
    }

    /// One round; false after {{break}}.
    bool iterate(const Statement& statement, Value key, const Value& member)
    {
        const Pipeline& declared = statement.pipeline;
        // pipeline() has pushed or set the variables already, so that they can be given their
        // values here.
        const auto set = [&](std::size_t which, Value value) {
            if (declared.assigns) {
                assign(declared.variables[which], std::move(value));
            } else {
                variables_[variables_.size() - declared.variables.size() + which].second =
                    std::move(value);
            }
        };
        if (declared.variables.size() == 1) {
            set(0, member);
        } else if (declared.variables.size() == 2) {
            set(0, std::move(key));
            set(1, member);
        }
        const std::size_t visible = variables_.size();
        at(statement.position, "range");
        const Flow flow = walk(statement.body, member);
        variables_.resize(visible);
        return flow != Flow::broken;
    }

    void walk_call(const Statement& statement, const Value& dot)
    {
        const std::string source =
            fmt::format("{{{{template {}{}{}}}}}", go_quote(statement.text),
                        statement.pipeline.source.empty() ? "" : " ", statement.pipeline.source);
        at(statement.position, source);
        const auto called = definitions_.find(statement.text);
        if (called == definitions_.end() || statement.text.empty()) {
            fail(fmt::format("template {} not defined", go_quote(statement.text)));
        }
        const Value data =
            statement.pipeline.commands.empty() ? Value{} : pipeline(statement.pipeline, dot);
        std::vector<std::pair<std::string_view, Value>> outer{{"$", data}};
        outer.swap(variables_);
        const std::string_view outer_name = std::exchange(name_, called->first);
        walk(called->second, data);
        name_ = outer_name;
        outer.swap(variables_);
    }

    // --- pipelines

    Value pipeline(const Pipeline& pipeline, const Value& dot)
    {
        at(pipeline.position, pipeline.source);
        Value value;
        const Value* final =
            nullptr; // what the previous command hands to the next one, as its last argument
        for (const Command& each : pipeline.commands) {
            value = command(each, dot, final);
            final = &value;
        }
        for (const std::string& name : pipeline.variables) {
            if (pipeline.assigns) {
                assign(name, value);
            } else {
                variables_.emplace_back(name, value);
            }
        }
        return value;
    }

    Value command(const Command& command, const Value& dot, const Value* final)
    {
        const Expression& first = command.words[0];
        const std::span<const Expression> arguments = std::span{command.words}.subspan(1);
        switch (first.kind) {
        case Expression::Kind::field:
        case Expression::Kind::chain:
        case Expression::Kind::variable:
            return fields(first, dot, arguments, final);
        case Expression::Kind::function:
            return call(command, dot, final);
        case Expression::Kind::dot:
        case Expression::Kind::nil:
        case Expression::Kind::constant:
        case Expression::Kind::pipeline:
            break;
        }
        at(first.position, first.source);
        if (!arguments.empty() || final != nullptr) {
            fail(fmt::format("can't give argument to non-function {}", first.source));
        }
        if (first.kind == Expression::Kind::nil) {
            fail("nil is not a command");
        }
        return argument(first, dot);
    }

    /// An expression without arguments of its own.
    Value argument(const Expression& expression, const Value& dot)
    {
        at(expression.position, expression.source);
        switch (expression.kind) {
        case Expression::Kind::dot:
            return resolved(dot);
        case Expression::Kind::nil:
            return {};
        case Expression::Kind::constant:
            return expression.constant;
        case Expression::Kind::field:
        case Expression::Kind::chain:
        case Expression::Kind::variable:
            return fields(expression, dot, {}, nullptr);
        case Expression::Kind::pipeline:
            return pipeline(*expression.pipeline, dot);
        case Expression::Kind::function:
            return call({.position = expression.position,
                         .source = expression.source,
                         .words = {expression}},
                        dot, nullptr);
        }
        return {};
    }

    // --- variables and fields

    std::pair<std::string_view, Value>& variable(std::string_view name)
    {
        const auto found = std::find_if(variables_.rbegin(), variables_.rend(),
                                        [&](const auto& each) { return each.first == name; });
        if (found == variables_.rend()) {
            fail(fmt::format("undefined variable: {}", name));
        }
        return *found;
    }
    void assign(std::string_view name, Value value) { variable(name).second = std::move(value); }

    /// ".A.B", "$x.A" or "(pipeline).A": arguments go to the last one, if it is a method.
    Value fields(const Expression& expression, const Value& dot,
                 std::span<const Expression> arguments, const Value* final)
    {
        at(expression.position, expression.source);
        Value value = expression.kind == Expression::Kind::field ? resolved(dot) : Value{};
        if (expression.kind == Expression::Kind::variable) {
            value = resolved(variable(expression.name).second);
        } else if (expression.kind == Expression::Kind::chain) {
            if (expression.base->kind == Expression::Kind::nil) {
                fail(fmt::format("indirection through explicit nil in {}", expression.source));
            }
            value = argument(*expression.base, dot);
        }
        if (expression.fields.empty() && (!arguments.empty() || final != nullptr)) {
            fail(fmt::format("can't give argument to non-function {}", expression.source));
        }
        for (std::size_t i = 0; i < expression.fields.size(); ++i) {
            const bool is_last = i + 1 == expression.fields.size();
            value = field(value, expression.fields[i], dot,
                          is_last ? arguments : std::span<const Expression>{},
                          is_last ? final : nullptr);
        }
        return value;
    }

    Value field(const Value& receiver, const std::string& name, const Value& dot,
                std::span<const Expression> arguments, const Value* final)
    {
        const bool has_arguments = !arguments.empty() || final != nullptr;
        switch (kind(receiver)) {
        case Kind::object:
            return member(*receiver.as<const Object*>(), name, dot, arguments, final);
        case Kind::structure:
            if (std::optional<Value> found = find_field(receiver, name)) {
                if (has_arguments) {
                    fail(fmt::format("{} has arguments but cannot be invoked as function", name));
                }
                return std::move(*found);
            }
            break;
        case Kind::map:
            if (has_arguments) {
                fail(fmt::format("{} is not a method but has arguments", name));
            }
            if (std::optional<Value> found = find_field(receiver, name)) {
                return std::move(*found);
            }
            if (options_.missing_key == MissingKey::error) {
                fail(fmt::format("map has no entry for key {}", go_quote(name)));
            }
            return {};
        case Kind::invalid:
            if (options_.missing_key == MissingKey::error) {
                fail(fmt::format("nil pointer evaluating interface {{}}.{}", name));
            }
            return {};
        case Kind::nil:
            fail(fmt::format("nil pointer evaluating {}.{}", type_name(receiver), name));
        case Kind::boolean:
        case Kind::integer:
        case Kind::real:
        case Kind::string:
        case Kind::list:
            break;
        }
        fail(fmt::format("can't evaluate field {} in type {}", name, type_name(receiver)));
    }

    Value member(const Object& object, const std::string& name, const Value& dot,
                 std::span<const Expression> arguments, const Value* final)
    {
        const std::size_t position = position_;
        const std::string source = source_;
        std::vector<Value> values;
        for (const Expression& each : arguments) {
            values.push_back(argument(each, dot));
        }
        if (final != nullptr) {
            values.push_back(resolved(*final));
        }
        at(position, source);
        std::optional<Value> found;
        try {
            found = object.get(name, values);
        } catch (const Error& error) {
            fail(error.message());
        }
        if (found) {
            return resolved(*found);
        }
        if (options_.is_header) {
            return {}; // the header row is a map, to Docker
        }
        fail(fmt::format("can't evaluate field {} in type {}", name, object.type_name()));
    }

    // --- functions

    Value call(const Command& command, const Value& dot, const Value* final)
    {
        const Expression& name = command.words[0];
        at(name.position, name.source);
        const Function& function = *find_function(name.name);
        const std::span<const Expression> words = std::span{command.words}.subspan(1);
        const std::size_t count = words.size() + (final == nullptr ? 0 : 1);
        if (count < function.least || count > function.most) {
            const bool is_variadic = function.most == Function::kUnlimited;
            fail(fmt::format("wrong number of args for {}: want {}{} got {}", function.name,
                             is_variadic ? "at least " : "", function.least, count));
        }
        if (function.call == nullptr) {
            return choose(function.name == "or", words, dot, final);
        }
        const bool is_identity = options_.is_header && function.is_identity_in_header;
        std::vector<Value> arguments;
        for (const Expression& word : words) {
            const Parameter parameter =
                is_identity ? Parameter::any : parameter_of(function, arguments.size());
            arguments.push_back(typed_argument(word, dot, parameter));
        }
        if (final != nullptr) {
            const Parameter parameter =
                is_identity ? Parameter::any : parameter_of(function, arguments.size());
            arguments.push_back(checked(resolved(*final), parameter));
        }
        if (is_identity) {
            return arguments[0];
        }
        return called(function, command, arguments);
    }

    Value called(const Function& function, const Command& command, std::span<const Value> arguments)
    {
        try {
            Value value = function.call(arguments);
            if (value.is<std::string>() && value.as<std::string>().size() > kMaxText) {
                throw Error{Errc::exhausted, "the text gets too long"};
            }
            return value;
        } catch (const Error& error) {
            if (error.code() == Errc::exhausted) {
                throw Error{Errc::exhausted, "template: " + error.message()};
            }
            at(command.position, command.source);
            fail(fmt::format("error calling {}: {}", function.name, error.message()));
        }
    }

    /// `or` is the first argument that is true, `and` the first that is not; otherwise the last.
    /// The rest is not evaluated.
    Value choose(bool wanted, std::span<const Expression> words, const Value& dot,
                 const Value* final)
    {
        Value value;
        for (const Expression& word : words) {
            value = argument(word, dot);
            if (is_true(value) == wanted) {
                return value;
            }
        }
        return final == nullptr ? value : resolved(*final);
    }

    static Parameter parameter_of(const Function& function, std::size_t index)
    {
        return function.parameters[std::min(index, function.parameters.size() - 1)];
    }

    Value typed_argument(const Expression& word, const Value& dot, Parameter parameter)
    {
        if (parameter == Parameter::any) {
            return argument(word, dot);
        }
        if (word.kind == Expression::Kind::nil) {
            at(word.position, word.source);
            if (parameter != Parameter::strings) {
                fail(fmt::format("cannot assign nil to {}", parameter_name(parameter)));
            }
            return make_list({});
        }
        if (word.kind == Expression::Kind::constant && !fits(word.constant, parameter)) {
            at(word.position, word.source);
            if (parameter == Parameter::strings) {
                fail(fmt::format("can't handle {} for arg of type []string", word.source));
            }
            fail(fmt::format("expected {}; found {}",
                             parameter == Parameter::string ? "string" : "integer", word.source));
        }
        return checked(argument(word, dot), parameter);
    }

    static bool fits(const Value& value, Parameter parameter)
    {
        switch (parameter) {
        case Parameter::any:
            return true;
        case Parameter::string:
            return kind(value) == Kind::string;
        case Parameter::integer:
            return kind(value) == Kind::integer;
        case Parameter::strings:
            return strings_of(value).has_value();
        }
        return false;
    }

    Value checked(Value value, Parameter parameter)
    {
        if (fits(value, parameter)) {
            return value;
        }
        if (kind(value) == Kind::invalid) {
            if (parameter == Parameter::strings) {
                return make_list({});
            }
            fail(fmt::format("invalid value; expected {}", parameter_name(parameter)));
        }
        fail(fmt::format("wrong type for value; expected {}; got {}", parameter_name(parameter),
                         type_name(value)));
    }

    std::string_view text_;
    const Definitions& definitions_;
    const RunOptions& options_;
    std::vector<std::pair<std::string_view, Value>> variables_;
    std::string output_;
    std::string_view name_;
    std::size_t position_ = 0;
    std::string source_;
    std::size_t steps_ = 0;
    std::size_t depth_ = 0;
};

} // namespace

std::string evaluate(std::string_view text, const Definitions& definitions, const Value& data,
                     const RunOptions& options)
{
    return Evaluator{text, definitions, options}.run(data);
}

} // namespace strata::cli::templates
