// SPDX-License-Identifier: Apache-2.0
//
// Help, in Docker's layout, made from the tables and from what each command declares.
#pragma once

#include "cli/args.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"

#include <string>
#include <string_view>

namespace strata::cli {

std::string overview();                               // strata --help
std::string group_help(const ManagementGroup& group); // strata image --help
/// strata images --help. `called` is the name it was called by, which the usage line repeats.
std::string command_help(const Command& command, const ArgParser& args, std::string_view called);
/// "Usage:  strata tag SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]"
std::string usage_line(const ArgParser& args, std::string_view called);

/// The flags that stand before the command; parsed by dispatch.cpp.
struct GlobalOptions;
void declare_globals(ArgParser& args, GlobalOptions& globals);

} // namespace strata::cli
