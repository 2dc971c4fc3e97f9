// SPDX-License-Identifier: Apache-2.0
#include "base/size.hpp"
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/registry_data.hpp"
#include "cli/session.hpp"
#include "registry/check/check.hpp"

namespace strata::cli {
namespace {

using registry::CheckOptions;

struct RegistryFsckOptions {
    std::string config;
    CheckOptions::Repair repair = CheckOptions::Repair::no;
    bool fast = false;
    bool quiet = false;
};

void declare(ArgParser& args, RegistryFsckOptions& options)
{
    declare_registry_config(args, options.config);
    args.flag("--repair", options.repair, "Mend what can be mended");
    args.flag("--fast", options.fast, "Compare sizes; do not read every blob");
    args.flag("--quiet", 'q', options.quiet, "Print only what is wrong");
}

ExitStatus run(Session& session, const RegistryFsckOptions& options)
{
    const RegistryData data = open_registry(options.config);
    CheckOptions check;
    check.contents =
        options.fast ? CheckOptions::Contents::trust : CheckOptions::Contents::hash_again;
    check.repair = options.repair;
    check.found = [&](const registry::Problem& problem) {
        session.out().print("{}{}\n", problem.what, problem.repaired ? " (repaired)" : "");
    };
    const registry::CheckResult result =
        registry::check_registry(*data.metadata, *data.files, data.config.storage.root, check);
    if (!options.quiet) {
        session.out().print("Checked {} ({}) and {}: ", counted(result.blobs, "blob"),
                            human_size(static_cast<double>(result.bytes)),
                            counted(result.manifests, "manifest"));
        if (result.problems == 0) {
            session.out().write("all sound\n");
        } else {
            session.out().print("{}, {} repaired\n", counted(result.problems, "problem"),
                                result.repaired);
        }
    }
    return result.problems == result.repaired ? ExitStatus::ok : ExitStatus::failure;
}

} // namespace

constinit const Command registry_fsck_command = command<RegistryFsckOptions, declare, run>({
    .names = {"registry fsck"},
    .summary = "Prove a registry sound: every blob against its digest, every reference",
    .manual = "Ends with 1 when something is wrong and was not repaired. Safe beside a registry "
              "that serves.",
});

} // namespace strata::cli
