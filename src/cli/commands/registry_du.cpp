// SPDX-License-Identifier: Apache-2.0
#include "base/size.hpp"
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/listing.hpp"
#include "cli/registry_data.hpp"
#include "cli/session.hpp"
#include "registry/operations.hpp"

#include <algorithm>

namespace strata::cli {
namespace {

struct UsageOptions {
    std::string config;
    std::string format;
};

void declare(ArgParser& args, UsageOptions& options)
{
    declare_registry_config(args, options.config);
    args.option("--format", options.format, kListFormatHelp);
}

constexpr ListField kFields[] = {
    {"Size", "SIZE"}, {"Bytes", "BYTES"}, {"Blobs", "BLOBS"}, {"Repository", "REPOSITORY"}};
constexpr std::string_view kTable = "table {{.Size}}\t{{.Blobs}}\t{{.Repository}}";

std::string shown(std::uint64_t bytes)
{
    return human_size(static_cast<double>(bytes));
}

ExitStatus run(Session& session, const UsageOptions& options)
{
    const RegistryData data = open_registry(options.config);
    registry::DiskUsage usage = registry::disk_usage(*data.metadata);
    std::ranges::stable_sort(usage.repositories, std::ranges::greater{},
                             &registry::RepositoryUsage::bytes);
    Listing listing{options.format, kTable, kFields};
    for (const registry::RepositoryUsage& each : usage.repositories) {
        listing.add({.values = {shown(each.bytes), fmt::format("{}", each.bytes),
                                fmt::format("{}", each.blobs), each.name}});
    }
    session.out().write(listing.text());
    if (options.format.empty()) {
        session.out().print("\n{} in {}, each counted once; {} of it in no repository; {}\n",
                            shown(usage.bytes), counted(usage.blobs, "blob"),
                            shown(usage.unheld_bytes),
                            counted(usage.pending_reviews, "review") + " pending");
    }
    return ExitStatus::ok;
}

} // namespace

constinit const Command registry_du_command = command<UsageOptions, declare, run>({
    .names = {"registry du"},
    .summary = "Show how much space the repositories of a registry take, largest first",
});

} // namespace strata::cli
