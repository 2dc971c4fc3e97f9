// SPDX-License-Identifier: Apache-2.0
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/confirm.hpp"
#include "cli/session.hpp"
#include "engine/engine.hpp"
#include "engine/system.hpp"

#include <fmt/format.h>

namespace strata::cli {
namespace {

struct ResetOptions {
    bool force = false;
};

void declare(ArgParser& args, ResetOptions& options)
{
    args.flag("--force", 'f', options.force, "Do not prompt for confirmation");
}

ExitStatus run(Session& session, const ResetOptions& options)
{
    engine::Engine& engine = session.engine();
    const std::string warning =
        fmt::format("This will remove everything that Strata keeps on this machine:\n"
                    "  - all containers, running ones too\n"
                    "  - all images\n"
                    "  - all volumes\n"
                    "in {} and {}",
                    engine.layout().root.string(), engine.layout().run_root.string());
    if (!options.force && !confirmed(session, warning)) {
        return ExitStatus::failure;
    }
    engine::reset_system(engine);
    return ExitStatus::ok;
}

} // namespace

constinit const Command system_reset_command = command<ResetOptions, declare, run>({
    .names = {"system reset"},
    .summary = "Remove all containers, images and volumes, and the folders that hold them",
});

} // namespace strata::cli
