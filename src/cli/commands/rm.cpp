// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/report.hpp"
#include "cli/session.hpp"
#include "engine/containers.hpp"

#include <string>
#include <vector>

namespace strata::cli {
namespace {

struct RmOptions {
    bool force = false, volumes = false;
    std::vector<std::string> containers;
};

void declare(ArgParser& args, RmOptions& options)
{
    args.flag("--force", 'f', options.force,
              "Force the removal of a running container (uses SIGKILL)");
    args.flag("--volumes", 'v', options.volumes,
              "Remove anonymous volumes associated with the container");
    args.arguments("CONTAINER [CONTAINER...]", options.containers, 1)
        .complete(Complete::containers);
}

ExitStatus run(Session& session, const RmOptions& options)
{
    Failures failures{session.err()};
    for (const std::string& name : options.containers) {
        failures.guard([&] {
            try {
                engine::remove_container(session.engine(), name,
                                         {.force = options.force, .volumes = options.volumes});
            } catch (const Error& error) {
                if (!options.force || error.code() != Errc::not_found) {
                    throw;
                }
                // Docker says so, and is content.
                session.err().print("Error response from daemon: {}\n", error.message());
                return;
            }
            session.out().print("{}\n", name);
        });
    }
    return failures.status();
}

} // namespace

constinit const Command rm_command =
    command<RmOptions, declare, run>({.names = {"container rm", "container remove", "rm"},
                                      .summary = "Remove one or more containers"});

} // namespace strata::cli
