// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/confirm.hpp"
#include "cli/filter_flag.hpp"
#include "cli/prune.hpp"
#include "cli/session.hpp"

#include <algorithm>

namespace strata::cli {
namespace {

struct PruneOptions {
    engine::All all = engine::All::no;
    bool volumes = false;
    std::vector<engine::Filter> filters;
    bool force = false;
};

void declare(ArgParser& args, PruneOptions& options)
{
    args.flag("--all", 'a', options.all, "Remove all unused images, not just dangling ones");
    args.flag("--volumes", options.volumes, "Prune anonymous volumes").hide();
    filter_flag(args, options.filters, "Provide filter values (e.g. \"label=<key>=<value>\")", 0);
    args.flag("--force", 'f', options.force, "Do not prompt for confirmation");
}

void check(const PruneOptions& options)
{
    if (options.volumes) {
        throw Error{Errc::unsupported, "unsupported: --volumes: volumes cannot be pruned yet",
                    "'strata rm -v' removes a container with its anonymous volumes."};
    }
}

std::string warning(const PruneOptions& options)
{
    std::string text = "This will remove:\n  - all stopped containers\n";
    text += options.all == engine::All::yes
                ? "  - all images without at least one container associated to them\n"
                : "  - all dangling images\n";
    if (!options.filters.empty()) {
        text += "\n  Items to be pruned will be filtered with:\n";
    }
    std::vector<engine::Filter> filters = options.filters;
    std::ranges::sort(filters);
    for (const auto& [key, value] : filters) {
        text += fmt::format("  - {}={}\n", key, value);
    }
    return text;
}

ExitStatus run(Session& session, const PruneOptions& options)
{
    if (!options.force && !confirmed(session, warning(options), Answers::anything)) {
        return ExitStatus::ok;
    }
    // Containers first: what only they used is unused then.
    const engine::PrunedContainers containers =
        engine::prune_containers(session.engine(), options.filters);
    print_pruned(session.out(), containers);
    const engine::Pruned images =
        engine::prune_images(session.engine(), options.all, options.filters);
    print_pruned(session.out(), images);
    print_reclaimed(session.out(), containers.reclaimed + images.reclaimed);
    return ExitStatus::ok;
}

} // namespace

constinit const Command system_prune_command = command<PruneOptions, declare, check, run>({
    .names = {"system prune"},
    .summary = "Remove unused containers and images",
});

} // namespace strata::cli
