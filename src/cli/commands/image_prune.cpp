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
    engine::All all = engine::All::no;
    std::vector<engine::Filter> filters;
    bool force = false;
};

void declare(ArgParser& args, PruneOptions& options)
{
    args.flag("--all", 'a', options.all, "Remove all unused images, not just dangling ones");
    filter_flag(args, options.filters, "Provide filter values (e.g. \"until=<timestamp>\")", 0);
    args.flag("--force", 'f', options.force, "Do not prompt for confirmation");
}

constexpr std::string_view kWarning = "This will remove all dangling images.";
constexpr std::string_view kWarningAll =
    "This will remove all images without at least one container associated to them.";

ExitStatus run(Session& session, const PruneOptions& options)
{
    const std::string_view warning = options.all == engine::All::yes ? kWarningAll : kWarning;
    if (!options.force && !confirmed(session, warning, Answers::anything)) {
        return ExitStatus::ok;
    }
    const engine::Pruned pruned =
        engine::prune_images(session.engine(), options.all, options.filters);
    print_pruned(session.out(), pruned);
    print_reclaimed(session.out(), pruned.reclaimed);
    return ExitStatus::ok;
}

} // namespace

constinit const Command image_prune_command = command<PruneOptions, declare, run>({
    .names = {"image prune"},
    .summary = "Remove unused images",
});

} // namespace strata::cli
