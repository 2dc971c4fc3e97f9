// SPDX-License-Identifier: Apache-2.0
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/documents.hpp"
#include "cli/report.hpp"
#include "cli/session.hpp"
#include "engine/containers.hpp"

#include <string>
#include <vector>

namespace strata::cli {
namespace {

struct ContainerInspectOptions {
    std::vector<std::string> containers;
    std::string format;
    engine::WithSize size = engine::WithSize::no;
};

void declare(ArgParser& args, ContainerInspectOptions& options)
{
    args.option("--format", 'f', options.format, kDocumentFormatHelp);
    args.flag("--size", 's', options.size, "Display total file sizes");
    args.arguments("CONTAINER [CONTAINER...]", options.containers, 1)
        .complete(Complete::containers);
}

ExitStatus run(Session& session, const ContainerInspectOptions& options)
{
    std::vector<std::string> documents;
    Failures failures{session.err()};
    for (const std::string& name : options.containers) {
        failures.guard([&] {
            documents.push_back(engine::inspect_container(session.engine(), name, options.size));
        });
    }
    session.out().write(format_documents(options.format, documents, kContainerType));
    return failures.status();
}

} // namespace

constinit const Command container_inspect_command = command<ContainerInspectOptions, declare, run>({
    .names = {"container inspect"},
    .summary = "Display detailed information on one or more containers",
    .failures = FailureStyle::inspect,
});

} // namespace strata::cli
