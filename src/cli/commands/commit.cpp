// SPDX-License-Identifier: Apache-2.0
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "engine/containers.hpp"

#include <string>
#include <vector>

namespace strata::cli {
namespace {

struct CommitOptions {
    std::string author, message;
    std::vector<std::string> changes;
    bool pause = true;
    std::string container, reference;
};

void declare(ArgParser& args, CommitOptions& options)
{
    args.option("--author", 'a', options.author,
                "Author (e.g., \"Ada Lovelace <ada@example.org>\")");
    args.option("--change", 'c', options.changes,
                "Apply Dockerfile instruction to the created image");
    args.option("--message", 'm', options.message, "Commit message");
    args.flag("--pause", 'p', options.pause, "Pause container during commit");
    args.argument("CONTAINER", options.container).complete(Complete::containers);
    args.optional_argument("[REPOSITORY[:TAG]]", options.reference);
}

ExitStatus run(Session& session, const CommitOptions& options)
{
    const oci::ImageId id = engine::commit_container(
        session.engine(),
        {.name = options.container,
         .reference = options.reference.empty() ? std::nullopt : std::optional{options.reference},
         .author = options.author,
         .message = options.message,
         .changes = options.changes,
         .pause = options.pause ? engine::Pause::yes : engine::Pause::no,
         .stop = session.stops_when_interrupted()});
    session.out().print("{}\n", id.str());
    return ExitStatus::ok;
}

} // namespace

constinit const Command commit_command = command<CommitOptions, declare, run>(
    {.names = {"container commit", "commit"},
     .summary = "Create a new image from a container's changes"});

} // namespace strata::cli
