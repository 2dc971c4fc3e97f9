// SPDX-License-Identifier: Apache-2.0
//
// Help, in Docker's layout, made from the tables and from what each command declares.
#pragma once

#include "cli/args.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace strata::cli {

std::string overview();                               // strata --help
std::string group_help(const ManagementGroup& group); // strata image --help
/// strata images --help. `called` is the name it was called by, which the usage line repeats.
std::string command_help(const Command& command, const ArgParser& args, std::string_view called);
/// "Usage:  strata tag SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]"
std::string usage_line(const ArgParser& args, std::string_view called);

/// Those that help shows, by name.
std::vector<const Flag*> shown_flags(const ArgParser& args);

/// Calls `use` with what `command` declares.
template <typename Use>
auto with_declared(const Command& command, Use&& use)
{
    const std::unique_ptr<CommandBody> body = command.make();
    ArgParser args;
    body->declare(args);
    return use(std::as_const(args));
}

/// The flags that stand before the command; parsed by dispatch.cpp.
struct GlobalOptions;
void declare_globals(ArgParser& args, GlobalOptions& globals);

} // namespace strata::cli
