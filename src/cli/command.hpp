// SPDX-License-Identifier: Apache-2.0
//
// What a command is. Each lives in one file of cli/commands/: an options struct, declare() what it
// accepts, check() what makes no sense together, run() it. commands.cpp lists them; help,
// completion and documentation are made from them.
#pragma once

#include "cli/exit_status.hpp"

#include <array>
#include <memory>
#include <string_view>
#include <utility>

namespace strata::cli {

class ArgParser;
class Session;

enum class Group {
    common, // first in `strata help`
    other,
    hidden,
};

/// A command about to run: its options, and the steps that know their type.
class CommandBody {
public:
    virtual ~CommandBody() = default;
    virtual void declare(ArgParser& args) = 0;
    virtual void check() = 0; // throws Errc::invalid_argument
    virtual ExitStatus run(Session& session) = 0;
};

struct Command {
    /// Every way to call it, the one in its management group first: {"image ls", "image list",
    /// "images"}.
    std::array<std::string_view, 4> names{};
    Group group = Group::other;
    std::string_view summary;  // one line, imperative, no full stop
    std::string_view manual{}; // further paragraphs, or empty
    FailureStyle failures = FailureStyle::plain;
    std::unique_ptr<CommandBody> (*make)() = nullptr; // filled by command<…>()
};

namespace detail {

template <typename Options, auto declare_step, auto... steps>
class Body final : public CommandBody {
public:
    void declare(ArgParser& args) override { declare_step(args, options_); }
    void check() override
    {
        if constexpr (sizeof...(steps) == 2) {
            first(steps...)(std::as_const(options_));
        }
    }
    ExitStatus run(Session& session) override
    {
        return last(steps...)(session, std::as_const(options_));
    }

private:
    static constexpr auto first(auto step, auto...) { return step; }
    static constexpr auto last(auto step) { return step; }
    static constexpr auto last(auto, auto step) { return step; }

    Options options_;
};

template <typename Options, auto... steps>
std::unique_ptr<CommandBody> make_body()
{
    return std::make_unique<Body<Options, steps...>>();
}

} // namespace detail

/// Next to its steps: `constinit const Command tag_command = command<TagOptions, declare,
/// run>({.names = {…}, .summary = "…"});`
///
/// The steps are `void declare(ArgParser&, Options&)`, optionally `void check(const Options&)`, and
/// `ExitStatus run(Session&, const Options&)`. Constant-initialized: two dozen commands cost
/// nothing at start-up.
template <typename Options, auto... steps>
consteval Command command(Command fields)
{
    static_assert(sizeof...(steps) == 2 || sizeof...(steps) == 3, "declare, perhaps check, run");
    fields.make = &detail::make_body<Options, steps...>;
    return fields;
}

} // namespace strata::cli
