// SPDX-License-Identifier: Apache-2.0
//
// Walks a parsed template, by the rules of Go's text/template/exec and with the texts of its
// errors.
#include "cli/template/evaluator.hpp"

#include "base/error.hpp"
#include "base/strings.hpp"
#include "cli/template/expression_evaluator.hpp"
#include "cli/template/print.hpp"

namespace strata::cli::templates {
namespace {

constexpr std::size_t kMaxOutput = 64 << 20;
/// Of blocks in blocks and templates in templates: our own stack is finite.
constexpr std::size_t kMaxDepth = 2000;

/// Why a list of statements ended.
enum class Flow { onward, broken, continued };

class Evaluator {
public:
    Evaluator(std::string_view text, const Definitions& definitions, const RunOptions& options)
        : definitions_{definitions}, expressions_{text, options}
    {
    }

    std::string run(const Value& data)
    {
        expressions_.variables().emplace_back("$", data);
        walk(definitions_.find("")->second, data);
        return std::move(output_);
    }

private:
    void emit(std::string_view text)
    {
        if (output_.size() + text.size() > kMaxOutput) {
            throw Error{Errc::exhausted, "template: the output gets too long"};
        }
        output_ += text;
    }

    Flow walk(const Statements& statements, const Value& dot)
    {
        if (depth_ == kMaxDepth) {
            expressions_.fail(fmt::format("exceeded maximum template depth ({})", kMaxDepth));
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
            const Value value = expressions_.pipeline(statement.pipeline, dot);
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
        const std::size_t visible = expressions_.variables().size();
        const Value value = expressions_.pipeline(statement.pipeline, dot);
        const bool changes_dot = statement.kind == Statement::Kind::with_else;
        const Flow flow = is_true(value) ? walk(statement.body, changes_dot ? value : dot)
                                         : walk(statement.otherwise, dot);
        expressions_.variables().resize(visible);
        return flow;
    }

    void walk_range(const Statement& statement, const Value& dot)
    {
        const std::size_t visible = expressions_.variables().size();
        const Value value = expressions_.pipeline(statement.pipeline, dot);
        if (!loop(statement, value)) {
            expressions_.variables().resize(visible);
            walk(statement.otherwise, dot);
        }
        expressions_.variables().resize(visible);
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
        expressions_.fail(fmt::format("range can't iterate over {}", printed(value)));
    }

    /// One round; false after {{break}}.
    bool iterate(const Statement& statement, Value key, const Value& member)
    {
        const Pipeline& declared = statement.pipeline;
        // The pipeline has declared the variables, with what is iterated over as their value.
        const auto set = [&](std::size_t which, Value value) {
            expressions_.assign(declared.variables[which], std::move(value));
        };
        if (declared.variables.size() == 1) {
            set(0, member);
        } else if (declared.variables.size() == 2) {
            set(0, std::move(key));
            set(1, member);
        }
        const std::size_t visible = expressions_.variables().size();
        expressions_.at(statement.position, "range");
        const Flow flow = walk(statement.body, member);
        expressions_.variables().resize(visible);
        return flow != Flow::broken;
    }

    void walk_call(const Statement& statement, const Value& dot)
    {
        const std::string source =
            fmt::format("{{{{template {}{}{}}}}}", go_quote(statement.text),
                        statement.pipeline.source.empty() ? "" : " ", statement.pipeline.source);
        expressions_.at(statement.position, source);
        const auto called = definitions_.find(statement.text);
        if (called == definitions_.end() || statement.text.empty()) {
            expressions_.fail(fmt::format("template {} not defined", go_quote(statement.text)));
        }
        const Value data = statement.pipeline.commands.empty()
                               ? Value{}
                               : expressions_.pipeline(statement.pipeline, dot);
        std::vector<std::pair<std::string_view, Value>> outer{{"$", data}};
        outer.swap(expressions_.variables());
        const std::string_view outer_name = expressions_.enter(called->first);
        walk(called->second, data);
        expressions_.enter(outer_name);
        outer.swap(expressions_.variables());
    }

    const Definitions& definitions_;
    ExpressionEvaluator expressions_;
    std::string output_;
    std::size_t depth_ = 0;
};

} // namespace

std::string evaluate(std::string_view text, const Definitions& definitions, const Value& data,
                     const RunOptions& options)
{
    return Evaluator{text, definitions, options}.run(data);
}

} // namespace strata::cli::templates
