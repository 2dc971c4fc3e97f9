// SPDX-License-Identifier: Apache-2.0
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/registry_data.hpp"
#include "cli/session.hpp"
#include "registry/migrate/take_in.hpp"

namespace strata::cli {
namespace {

struct RegistryImportOptions {
    std::string config;
};

void declare(ArgParser& args, RegistryImportOptions& options)
{
    declare_registry_config(args, options.config);
}

ExitStatus run(Session& session, const RegistryImportOptions& options)
{
    const RegistryData data = open_registry(options.config);
    registry::TakeInOptions take_in;
    take_in.problem = [&](const std::string& repository, const std::string& what) {
        session.warn(fmt::format("{}: {}", repository, what));
    };
    const registry::TakenIn done =
        registry::take_in_again(*data.metadata, data.config.storage.root, take_in);
    session.out().print("Took in {}, {} and {}; {}\n", counted(done.repositories, "repository"),
                        counted(done.manifests, "manifest"), counted(done.tags, "tag"),
                        counted(done.problems, "problem"));
    if (done.went.tags + done.went.manifests > 0) {
        session.out().print("Removed {} and {} that Distribution has removed\n",
                            counted(done.went.tags, "tag"),
                            counted(done.went.manifests, "manifest"));
    }
    return ExitStatus::ok;
}

} // namespace

constinit const Command registry_import_command = command<RegistryImportOptions, declare, run>({
    .names = {"registry import"},
    .summary = "Take in what Distribution has put into the directory since it was exported",
    .manual = "The first start of 'strata registry serve' does this by itself. Tags then name what "
              "Distribution's links say; what was there when it was exported, and has no link any "
              "more, is removed here as well.",
});

} // namespace strata::cli
