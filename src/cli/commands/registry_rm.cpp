// SPDX-License-Identifier: Apache-2.0
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/registry_data.hpp"
#include "cli/report.hpp"
#include "cli/session.hpp"
#include "registry/operations.hpp"

#include <vector>

namespace strata::cli {
namespace {

struct RemoveOptions {
    std::string config;
    std::vector<std::string> targets;
};

void declare(ArgParser& args, RemoveOptions& options)
{
    declare_registry_config(args, options.config);
    args.arguments("REPOSITORY[:TAG|@DIGEST] [REPOSITORY[:TAG|@DIGEST]...]", options.targets, 1);
}

ExitStatus run(Session& session, const RemoveOptions& options)
{
    const RegistryData data = open_registry(options.config);
    Failures failures{session.err()};
    for (const std::string& text : options.targets) {
        failures.guard([&] {
            const registry::Target target = registry::Target::parse(text);
            for (const registry::TagName& tag : registry::remove_target(*data.metadata, target)) {
                session.out().print("Untagged: {}:{}\n", target.repository, tag);
            }
            if (!target.tag) {
                session.out().print("Deleted: {}\n", target.str());
            }
        });
    }
    return failures.status();
}

} // namespace

constinit const Command registry_rm_command = command<RemoveOptions, declare, run>({
    .names = {"registry rm", "registry remove"},
    .summary = "Remove tags, manifests or whole repositories from a registry",
    .manual = "Their space is free once the collector has seen them, after the grace period.",
});

} // namespace strata::cli
