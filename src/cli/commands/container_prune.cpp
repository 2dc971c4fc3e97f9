// SPDX-License-Identifier: Apache-2.0
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/confirm.hpp"
#include "cli/filter_flag.hpp"
#include "cli/prune.hpp"
#include "cli/session.hpp"

namespace strata::cli {
namespace {

struct PruneOptions {
    std::vector<engine::Filter> filters;
    bool force = false;
};

void declare(ArgParser& args, PruneOptions& options)
{
    filter_flag(args, options.filters, "Provide filter values (e.g. \"until=<timestamp>\")", 0);
    args.flag("--force", 'f', options.force, "Do not prompt for confirmation");
}

ExitStatus run(Session& session, const PruneOptions& options)
{
    if (!options.force &&
        !confirmed(session, "This will remove all stopped containers.", Answers::anything)) {
        return ExitStatus::ok;
    }
    const engine::PrunedContainers pruned =
        engine::prune_containers(session.engine(), options.filters);
    print_pruned(session.out(), pruned);
    print_reclaimed(session.out(), pruned.reclaimed);
    return ExitStatus::ok;
}

} // namespace

constinit const Command container_prune_command = command<PruneOptions, declare, run>({
    .names = {"container prune"},
    .summary = "Remove all stopped containers",
});

} // namespace strata::cli
