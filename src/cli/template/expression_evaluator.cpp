// SPDX-License-Identifier: Apache-2.0
#include "cli/template/expression_evaluator.hpp"

#include "base/error.hpp"
#include "base/strings.hpp"
#include "cli/template/print.hpp"

#include <algorithm>

namespace strata::cli::templates {
namespace {

constexpr std::size_t kMaxSteps = 3'000'000;

Parameter parameter_of(const Function& function, std::size_t index)
{
    return function.parameters[std::min(index, function.parameters.size() - 1)];
}

bool fits(const Value& value, Parameter parameter)
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

} // namespace

void ExpressionEvaluator::at(std::size_t position, std::string_view source)
{
    position_ = position;
    source_ = source;
    if (++steps_ > kMaxSteps) {
        throw Error{Errc::exhausted, "template: the template takes too long"};
    }
}

void ExpressionEvaluator::fail(std::string_view message) const
{
    throw Error{Errc::invalid_argument,
                fmt::format("template: {}: executing {} at <{}>: {}", location(text_, position_),
                            go_quote(name_), source_, message)};
}

Value ExpressionEvaluator::pipeline(const Pipeline& pipeline, const Value& dot)
{
    at(pipeline.position, pipeline.source);
    Value value;
    // What the previous command hands to the next one, as its last argument.
    const Value* final = nullptr;
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

Value ExpressionEvaluator::command(const Command& command, const Value& dot, const Value* final)
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

Value ExpressionEvaluator::argument(const Expression& expression, const Value& dot)
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
        return call(
            {.position = expression.position, .source = expression.source, .words = {expression}},
            dot, nullptr);
    }
    return {};
}

std::pair<std::string_view, Value>& ExpressionEvaluator::variable(std::string_view name)
{
    const auto found = std::find_if(variables_.rbegin(), variables_.rend(),
                                    [&](const auto& each) { return each.first == name; });
    if (found == variables_.rend()) {
        fail(fmt::format("undefined variable: {}", name));
    }
    return *found;
}
void ExpressionEvaluator::assign(std::string_view name, Value value)
{
    variable(name).second = std::move(value);
}

Value ExpressionEvaluator::fields(const Expression& expression, const Value& dot,
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
        value =
            field(value, expression.fields[i], dot,
                  is_last ? arguments : std::span<const Expression>{}, is_last ? final : nullptr);
    }
    return value;
}

Value ExpressionEvaluator::field(const Value& receiver, const std::string& name, const Value& dot,
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

Value ExpressionEvaluator::member(const Object& object, const std::string& name, const Value& dot,
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

Value ExpressionEvaluator::call(const Command& command, const Value& dot, const Value* final)
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

Value ExpressionEvaluator::called(const Function& function, const Command& command,
                                  std::span<const Value> arguments)
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

Value ExpressionEvaluator::choose(bool wanted, std::span<const Expression> words, const Value& dot,
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

Value ExpressionEvaluator::typed_argument(const Expression& word, const Value& dot,
                                          Parameter parameter)
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

Value ExpressionEvaluator::checked(Value value, Parameter parameter) const
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

} // namespace strata::cli::templates
