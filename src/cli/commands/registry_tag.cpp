// SPDX-License-Identifier: Apache-2.0
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/registry_data.hpp"
#include "cli/session.hpp"
#include "registry/operations.hpp"

namespace strata::cli {
namespace {

struct RegistryTagOptions {
    std::string config;
    std::string source;
    std::string tag;
};

void declare(ArgParser& args, RegistryTagOptions& options)
{
    declare_registry_config(args, options.config);
    args.argument("REPOSITORY:TAG|REPOSITORY@DIGEST", options.source);
    args.argument("NEW_TAG", options.tag);
}

ExitStatus run(Session& session, const RegistryTagOptions& options)
{
    const RegistryData data = open_registry(options.config);
    const registry::Target source = registry::Target::parse(options.source);
    const registry::Digest digest = registry::tag_target(*data.metadata, source, options.tag);
    session.out().print("{}:{} is {}\n", source.repository, options.tag, digest.str());
    return ExitStatus::ok;
}

} // namespace

constinit const Command registry_tag_command = command<RegistryTagOptions, declare, run>({
    .names = {"registry tag"},
    .summary = "Give a manifest of a registry one more tag in its repository",
});

} // namespace strata::cli
