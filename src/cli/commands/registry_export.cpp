// SPDX-License-Identifier: Apache-2.0
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/registry_data.hpp"
#include "cli/session.hpp"
#include "registry/migrate/export.hpp"

namespace strata::cli {
namespace {

struct RegistryExportOptions {
    std::string config;
};

void declare(ArgParser& args, RegistryExportOptions& options)
{
    declare_registry_config(args, options.config);
}

ExitStatus run(Session& session, const RegistryExportOptions& options)
{
    const RegistryData data = open_registry(options.config);
    const registry::Exported done =
        registry::export_links(*data.metadata, *data.files, data.config.storage.root);
    session.out().print("Wrote {}, {}, {} and {} of blobs\n",
                        counted(done.repositories, "repository"),
                        counted(done.manifests, "manifest"), counted(done.tags, "tag"),
                        counted(done.blobs, "link"));
    return ExitStatus::ok;
}

} // namespace

constinit const Command registry_export_command = command<RegistryExportOptions, declare, run>({
    .names = {"registry export"},
    .summary = "Write the links that Distribution needs to serve the same directory",
    .manual = "Stop the registry, export, and start Distribution with the same config.yml. Blobs "
              "stay where they are.",
});

} // namespace strata::cli
