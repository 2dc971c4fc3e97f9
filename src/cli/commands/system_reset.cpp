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
    args.flag("--force", 'f', options.force, "Do not ask for confirmation");
}

ExitStatus run(Session& session, const ResetOptions& options)
{
    const store::Layout& layout = session.engine().layout();
    if (!options.force &&
        !confirmed(
            session,
            fmt::format(
                "This kills every container and deletes every image, container and volume in {}.",
                layout.root.string()),
            Answers::terminal)) {
        return ExitStatus::failure;
    }
    engine::reset_system(session.engine());
    return ExitStatus::ok;
}

} // namespace

constinit const Command system_reset_command = command<ResetOptions, declare, run>({
    .names = {"system reset"},
    .summary = "Remove everything: all of this data root and run root",
    .manual =
        "Running containers are killed. There is no way back; 'strata save' what should survive.",
});

} // namespace strata::cli
