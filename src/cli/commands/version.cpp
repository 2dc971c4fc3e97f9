// SPDX-License-Identifier: Apache-2.0
#include "cli/version.hpp"

#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/session.hpp"

#include <string>

namespace strata::cli {
namespace {

struct VersionOptions {
    std::string format;
};

void declare(ArgParser& args, VersionOptions& options)
{
    args.option("--format", 'f', options.format, "Format output with a Go template, or \"json\"");
}

ExitStatus run(Session& session, const VersionOptions&)
{
    session.out().print("Client:\n Version:           {}\n", version::number());
    return ExitStatus::ok;
}

} // namespace

constinit const Command version_command = command<VersionOptions, declare, run>({
    .names = {"version"},
    .group = Group::common,
    .summary = "Show the version of Strata",
});

} // namespace strata::cli
