// SPDX-License-Identifier: Apache-2.0
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "engine/containers.hpp"

#include <string>

namespace strata::cli {
namespace {

struct DiffOptions {
    std::string container;
};

void declare(ArgParser& args, DiffOptions& options)
{
    args.argument("CONTAINER", options.container).complete(Complete::containers);
}

char letter_of(container::ChangeKind kind)
{
    switch (kind) {
    case container::ChangeKind::changed:
        return 'C';
    case container::ChangeKind::added:
        return 'A';
    case container::ChangeKind::deleted:
        return 'D';
    }
    return '?';
}

ExitStatus run(Session& session, const DiffOptions& options)
{
    for (const container::Change& change :
         engine::diff_container(session.engine(), options.container)) {
        session.out().print("{} {}\n", letter_of(change.kind), change.path);
    }
    return ExitStatus::ok;
}

} // namespace

constinit const Command diff_command = command<DiffOptions, declare, run>(
    {.names = {"container diff", "diff"},
     .summary = "Inspect changes to files or directories on a container's filesystem"});

} // namespace strata::cli
