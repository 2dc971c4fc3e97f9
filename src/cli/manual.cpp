// SPDX-License-Identifier: Apache-2.0
#include "cli/manual.hpp"

#include "base/strings.hpp"
#include "cli/help.hpp"
#include "cli/session.hpp"

#include <algorithm>

namespace strata::cli {
namespace {

/// In a cell of a table a bar would begin the next one.
std::string cell(std::string_view text)
{
    std::string escaped;
    for (const char c : text) {
        escaped += c == '|' ? "\\|" : c == '\n' ? " " : std::string(1, c);
    }
    return escaped;
}

std::string flags_table(const ArgParser& args)
{
    std::string rows;
    for (const Flag* const flag : shown_flags(args)) {
        const std::string letter = flag->letter == 0 ? "" : fmt::format("`-{}`, ", flag->letter);
        const std::string type = flag->type.empty() ? "" : fmt::format(" {}", flag->type);
        const std::string preset = flag->default_text.empty()
                                       ? ""
                                       : fmt::format(" (default `{}`)", cell(flag->default_text));
        rows += fmt::format("| {}`{}`{} | {}{} |\n", letter, flag->name, type, cell(flag->help),
                            preset);
    }
    return rows.empty() ? "" : "\n| flag | meaning |\n|---|---|\n" + rows;
}

std::string section(const Command& command)
{
    return with_declared(command, [&](const ArgParser& args) {
        std::string text = fmt::format("\n## strata {}\n\n{}.\n\n```\n{}\n```\n", command.names[0],
                                       command.summary, usage_line(args, command.names[0]));
        if (!command.manual.empty()) {
            text += fmt::format("\n{}\n", command.manual);
        }
        std::string aliases;
        for (const std::string_view name : std::span{command.names}.subspan(1)) {
            aliases +=
                name.empty() ? "" : fmt::format("{}`strata {}`", aliases.empty() ? "" : ", ", name);
        }
        text += aliases.empty() ? "" : fmt::format("\nAlso: {}.\n", aliases);
        return text + flags_table(args);
    });
}

} // namespace

std::string commands_manual()
{
    std::vector<const Command*> sorted;
    std::ranges::copy_if(commands(), std::back_inserter(sorted),
                         [](const Command* each) { return each->group != Group::hidden; });
    std::ranges::sort(sorted, {}, [](const Command* command) { return command->names[0]; });

    GlobalOptions unused;
    ArgParser globals;
    declare_globals(globals, unused);
    std::string text =
        "# The commands of Strata\n\nMade by `strata help --markdown` from the program's own "
        "tables.\n\n"
        "These flags stand before the command: `strata --root /srv/strata images`.\n" +
        flags_table(globals);
    for (const Command* const command : sorted) {
        text += section(*command);
    }
    text += "\n## What Docker has and Strata has not (yet)\n\n| command | instead |\n|---|---|\n";
    for (const MissingCommand& missing : missing_commands()) {
        text += fmt::format("| `{}` | {} |\n", missing.name, cell(missing.instead));
    }
    return text;
}

} // namespace strata::cli
