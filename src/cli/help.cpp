// SPDX-License-Identifier: Apache-2.0
#include "cli/help.hpp"

#include "cli/session.hpp"

#include <algorithm>
#include <vector>

namespace strata::cli {
namespace {

constexpr std::size_t kWidth = 80;

struct Item {
    std::string left;
    std::string right;
};

/// Breaks `text` at spaces so that no line is longer than `width`; newlines in it stay.
std::vector<std::string> wrapped(std::string_view text, std::size_t width)
{
    std::vector<std::string> lines;
    while (true) {
        const std::size_t newline = std::min(text.find('\n'), text.size());
        std::size_t end = newline;
        if (end > width) {
            end = text.rfind(' ', width);
            end = end == text.npos || end == 0 ? std::min(text.find(' '), newline) : end;
        }
        lines.emplace_back(text.substr(0, end));
        if (end == text.size()) {
            return lines;
        }
        text.remove_prefix(end + 1);
    }
}

/// Two columns, the left one as wide as its widest item, the right one wrapped.
std::string columns(const std::vector<Item>& items)
{
    std::size_t left = 0;
    for (const Item& item : items) {
        left = std::max(left, item.left.size());
    }
    std::string text;
    const std::size_t indent = left + 3;
    for (const Item& item : items) {
        std::string_view lead = item.left;
        for (const std::string& line :
             wrapped(item.right, kWidth - std::min(indent, kWidth - 30))) {
            std::string row = fmt::format("{:<{}}{}", lead, indent, line);
            row.erase(row.find_last_not_of(' ') + 1);
            text += row + "\n";
            lead = {};
        }
    }
    return text;
}

std::string flag_table(const ArgParser& args)
{
    std::vector<Item> items;
    for (const Flag* const flag : shown_flags(args)) {
        Item item;
        item.left = flag->letter == 0 ? "      " : fmt::format("  -{}, ", flag->letter);
        item.left += flag->name;
        item.left += flag->type.empty() ? "" : fmt::format(" {}", flag->type);
        item.right = flag->help;
        item.right +=
            flag->default_text.empty() ? "" : fmt::format(" (default {})", flag->default_text);
        items.push_back(std::move(item));
    }
    return columns(items);
}

std::string command_list(std::string_view title, const std::vector<Item>& items)
{
    return items.empty() ? "" : fmt::format("\n{}:\n{}", title, columns(items));
}

bool is_top_level(std::string_view name)
{
    return !name.empty() && name.find(' ') == name.npos;
}

Item item(std::string_view name, std::string_view summary)
{
    return {fmt::format("  {:<9}", name), std::string{summary}};
}

/// The commands of `group` that can be called without a management group's name.
std::vector<Item> top_level(Group group)
{
    std::vector<Item> items;
    for (const Command* const command : commands()) {
        const auto name = std::ranges::find_if(command->names, is_top_level);
        if (command->group == group && name != command->names.end()) {
            items.push_back(item(*name, command->summary));
        }
    }
    if (group == Group::other) {
        std::ranges::sort(items, {}, &Item::left);
    }
    return items;
}

} // namespace

std::vector<const Flag*> shown_flags(const ArgParser& args)
{
    std::vector<const Flag*> flags;
    for (const Flag& flag : args.flags()) {
        if (!flag.hidden) {
            flags.push_back(&flag);
        }
    }
    std::ranges::sort(flags, {}, &Flag::name);
    return flags;
}

std::string overview()
{
    std::vector<Item> groups;
    for (const ManagementGroup& group : management_groups()) {
        groups.push_back(item(group.name, group.summary));
    }
    GlobalOptions unused;
    ArgParser globals;
    declare_globals(globals, unused);
    return "Usage:  strata [OPTIONS] COMMAND\n\nImages made of layers, and containers run from "
           "them\n" +
           command_list("Common Commands", top_level(Group::common)) +
           command_list("Management Commands", groups) +
           command_list("Commands", top_level(Group::other)) + "\nGlobal Options:\n" +
           flag_table(globals) +
           "\nRun 'strata COMMAND --help' for more information on a command.\n";
}

std::string group_help(const ManagementGroup& group)
{
    const std::string start = fmt::format("{} ", group.name);
    std::vector<Item> items;
    for (const Command* const command : commands()) {
        const auto name = std::ranges::find_if(
            command->names, [&](std::string_view each) { return each.starts_with(start); });
        if (command->group != Group::hidden && name != command->names.end()) {
            items.push_back(item(name->substr(start.size()), command->summary));
        }
    }
    std::ranges::sort(items, {}, &Item::left);
    return fmt::format("Usage:  strata {} COMMAND\n\n{}\n{}\nRun 'strata {} COMMAND --help' for "
                       "more information on a "
                       "command.\n",
                       group.name, group.summary, command_list("Commands", items), group.name);
}

std::string usage_line(const ArgParser& args, std::string_view called)
{
    std::string line = fmt::format("Usage:  strata {}", called);
    if (std::ranges::any_of(args.flags(), [](const Flag& flag) { return !flag.hidden; })) {
        line += " [OPTIONS]";
    }
    for (const Argument& argument : args.declared_arguments()) {
        line += fmt::format(" {}", argument.label);
    }
    return line;
}

std::string command_help(const Command& command, const ArgParser& args, std::string_view called)
{
    std::string text = fmt::format("{}\n\n{}\n", usage_line(args, called), command.summary);
    if (!command.manual.empty()) {
        text += fmt::format("\n{}\n", command.manual);
    }
    if (!command.names[1].empty()) {
        std::string aliases;
        for (const std::string_view name : command.names) {
            aliases +=
                name.empty() ? "" : fmt::format("{}strata {}", aliases.empty() ? "" : ", ", name);
        }
        text += fmt::format("\nAliases:\n  {}\n", aliases);
    }
    const std::string flags = flag_table(args);
    return flags.empty() ? text : text + "\nOptions:\n" + flags;
}

} // namespace strata::cli
