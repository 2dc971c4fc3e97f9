// SPDX-License-Identifier: Apache-2.0
#include "base/json.hpp"
#include "base/size.hpp"
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/documents.hpp"
#include "cli/format.hpp"
#include "cli/listing.hpp"
#include "cli/session.hpp"
#include "cli/usage_tables.hpp"
#include "engine/system.hpp"

#include <algorithm>
#include <array>

namespace strata::cli {
namespace {

struct DfOptions {
    std::string format;
    bool verbose = false;
};

void declare(ArgParser& args, DfOptions& options)
{
    args.option("--format", options.format, kListFormatHelp);
    args.flag("--verbose", 'v', options.verbose, "Show each image, container and volume");
}

constexpr ListField kFields[] = {
    {"Type", "TYPE"}, {"TotalCount", "TOTAL"},        {"Active", "ACTIVE"},
    {"Size", "SIZE"}, {"Reclaimable", "RECLAIMABLE"},
};
constexpr std::string_view kTable =
    "table {{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}";

// Older than templates, and still there.
constexpr std::string_view kRaw =
    "type: {{.Type}}\ntotal: {{.TotalCount}}\nactive: {{.Active}}\nsize: {{.Size}}\n"
    "reclaimable: {{.Reclaimable}}\n";

/// What one kind of thing takes.
struct Share {
    std::string_view type;
    std::uint64_t total = 0;
    std::uint64_t active = 0;
    std::uint64_t size = 0;
    std::uint64_t reclaimable = 0;
};

Share of_images(const engine::SystemUsage& usage)
{
    const auto active = std::ranges::count_if(usage.store.images,
                                              [](const auto& image) { return image.holders > 0; });
    return {"Images", usage.store.images.size(), static_cast<std::uint64_t>(active),
            usage.store.layers_size, usage.store.reclaimable_size};
}

Share of_containers(const engine::SystemUsage& usage)
{
    Share share{.type = "Containers", .total = usage.containers.size()};
    for (const engine::ContainerUsage& each : usage.containers) {
        const bool runs = each.container.state == container::State::running;
        share.active += runs ? 1 : 0;
        share.size += each.written;
        share.reclaimable += runs ? 0 : each.written;
    }
    return share;
}

Share of_volumes(const engine::SystemUsage& usage)
{
    Share share{.type = "Local Volumes", .total = usage.volumes.size()};
    for (const engine::VolumeUsage& each : usage.volumes) {
        share.active += each.links > 0 ? 1 : 0;
        share.size += each.size;
        share.reclaimable += each.links > 0 ? 0 : each.size;
    }
    return share;
}

std::string shown(std::uint64_t bytes)
{
    return human_size(static_cast<double>(bytes));
}

Row row(const Share& share)
{
    std::string reclaimable = shown(share.reclaimable);
    if (share.size > 0) {
        reclaimable += fmt::format(" ({}%)", share.reclaimable * 100 / share.size);
    }
    return {.values = {std::string{share.type}, fmt::format("{}", share.total),
                       fmt::format("{}", share.active), shown(share.size), reclaimable}};
}

ExitStatus run(Session& session, const DfOptions& options)
{
    const engine::SystemUsage usage = engine::system_usage(session.engine());
    if (options.verbose) {
        session.out().write(options.format.empty() || options.format == "table"
                                ? usage_tables(session, usage)
                                : usage_document(session, usage, options.format));
        return ExitStatus::ok;
    }
    Listing listing{options.format == "raw" ? kRaw : options.format, kTable, kFields};
    // Nothing is built here yet, so nothing is cached; scripts expect the line all the same.
    for (const Share& share : {of_images(usage), of_containers(usage), of_volumes(usage),
                               Share{.type = "Build Cache"}}) {
        listing.add(row(share));
    }
    session.out().write(listing.text());
    return ExitStatus::ok;
}

} // namespace

constinit const Command system_df_command = command<DfOptions, declare, run>({
    .names = {"system df"},
    .summary = "Show how much disk space is used",
});

} // namespace strata::cli
