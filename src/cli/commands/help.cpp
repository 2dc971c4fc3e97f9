// SPDX-License-Identifier: Apache-2.0
#include "cli/help.hpp"

#include "base/error.hpp"
#include "base/strings.hpp"
#include "cli/manual.hpp"
#include "cli/session.hpp"

namespace strata::cli {
namespace {

struct HelpOptions {
    std::vector<std::string> topic;
    bool markdown = false;
};

void declare(ArgParser& args, HelpOptions& options)
{
    args.arguments("[COMMAND]", options.topic, 0).complete(Complete::commands);
    args.flag("--markdown", options.markdown, "Print docs/user/commands.md").hide();
}

std::string about(const std::string& topic)
{
    if (const Command* const command = find_command(topic)) {
        return with_declared(
            *command, [&](const ArgParser& args) { return command_help(*command, args, topic); });
    }
    if (const ManagementGroup* const group = find_management_group(topic)) {
        return group_help(*group);
    }
    if (const MissingCommand* const missing = find_missing_command(topic)) {
        throw Error{Errc::unsupported,
                    fmt::format("'{}' is not supported yet: {}", topic, missing->instead)};
    }
    throw Error{Errc::not_found, fmt::format("unknown help topic: {}", topic),
                "See 'strata --help'."};
}

ExitStatus run(Session& session, const HelpOptions& options)
{
    if (options.markdown) {
        session.out().write(commands_manual());
    } else {
        session.out().write(options.topic.empty() ? overview() : about(join(options.topic, " ")));
    }
    return ExitStatus::ok;
}

} // namespace

constinit const Command help_command = command<HelpOptions, declare, run>({
    .names = {"help"},
    .summary = "Show help about a command",
});

} // namespace strata::cli
