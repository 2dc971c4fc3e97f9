// SPDX-License-Identifier: Apache-2.0
#include "base/id.hpp"
#include "base/size.hpp"
#include "base/time.hpp"
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/container_texts.hpp"
#include "cli/filter_flag.hpp"
#include "cli/format.hpp"
#include "cli/listing.hpp"
#include "cli/session.hpp"
#include "engine/containers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

namespace strata::cli {
namespace {

struct PsOptions {
    engine::AllContainers all = engine::AllContainers::no;
    std::vector<std::pair<std::string, std::string>> filters;
    std::string format;
    std::int64_t last = -1;
    bool latest = false, no_truncation = false, quiet = false, size = false;
};

void declare(ArgParser& args, PsOptions& options)
{
    args.flag("--all", 'a', options.all, "Show all containers (default shows just running)");
    filter_flag(args, options.filters, "Filter output based on conditions provided");
    args.option("--format", options.format, kListFormatHelp);
    args.option("--last", 'n', options.last,
                "Show n last created containers (includes all states)");
    args.flag("--latest", 'l', options.latest,
              "Show the latest created container (includes all states)");
    args.flag("--no-trunc", options.no_truncation, "Don't truncate output");
    args.flag("--quiet", 'q', options.quiet, "Only display container IDs");
    args.flag("--size", 's', options.size, "Display total file sizes");
}

constexpr ListField kFields[] = {
    {"ID", "CONTAINER ID"},
    {"Image", "IMAGE"},
    {"Command", "COMMAND"},
    {"CreatedAt", "CREATED AT"},
    {"RunningFor", "CREATED"},
    {"Status", "STATUS"},
    {"State", "STATE"},
    {"Ports", "PORTS"},
    {"Names", "NAMES"},
    {"Size", "SIZE"},
    {"Labels", "LABELS"},
    {"Mounts", "MOUNTS"},
    {"LocalVolumes", "LOCAL VOLUMES"},
    {"Networks", "NETWORKS"},
};

constexpr std::string_view kTable =
    "table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}";
constexpr std::string_view kTableWithSize =
    "table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t"
    "{{.Names}}\t{{.Size}}";

// Older than templates, and still there.
constexpr std::string_view kRaw =
    "container_id: {{.ID}}\nimage: {{.Image}}\ncommand: {{.Command}}\ncreated_at: "
    "{{.CreatedAt}}\nstate: {{- pad .State 1 0}}\nstatus: {{- pad .Status 1 0}}\nnames: "
    "{{.Names}}\nlabels: {{- pad .Labels 1 0}}\nports: {{- pad .Ports 1 0}}\n";

std::string format_of(const PsOptions& options)
{
    if (options.format == "raw") {
        return options.quiet  ? "container_id: {{.ID}}"
               : options.size ? fmt::format("{}size: {{{{.Size}}}}\n", kRaw)
                              : std::string{kRaw};
    }
    if (!options.format.empty() && options.format != "table") {
        return options.format;
    }
    return options.quiet ? "{{.ID}}" : std::string{options.size ? kTableWithSize : kTable};
}

Timestamp at(std::int64_t ns)
{
    return Timestamp{std::chrono::nanoseconds{ns}};
}

std::string size_text(const engine::ContainerSize& size)
{
    return fmt::format("{} (virtual {})", human_size(static_cast<double>(size.written), 3),
                       human_size(static_cast<double>(size.total), 3));
}

Row row_of(engine::Engine& engine, const engine::Container& container, const PsOptions& options,
           const Listing& listing)
{
    const bool whole = options.no_truncation;
    const auto when = [&](std::string_view field, auto&& make) {
        return listing.uses(field) ? make() : std::string{};
    };
    Row row;
    row.values = {
        whole ? container.id : std::string{short_id(container.id)},
        when("Image", [&] { return engine::shown_image(engine, container); }),
        command_text(container, whole ? Truncate::no : Truncate::yes),
        when("CreatedAt", [&] { return local_time(at(container.created_ns)); }),
        time_ago(at(container.created_ns)),
        status_text(container),
        std::string{name_of(container.state)},
        {},
        container.name,
        // With --format json Docker shows a size that it has not measured.
        options.size || listing.names("Size") ? size_text(engine::container_size(engine, container))
                                              : "0B",
        labels_text(container),
        mounts_text(container, whole ? Truncate::no : Truncate::yes),
        fmt::to_string(volume_count(container)),
        networks_text(container),
    };
    for (const auto& label : container.config.labels) {
        row.labels.push_back(label);
    }
    return row;
}

ExitStatus run(Session& session, const PsOptions& options)
{
    Listing listing{format_of(options), kTable, kFields};
    listing.check_fields(); // Docker's `ps` does, alone of all listings
    engine::ListContainers request{.all = options.all, .filters = options.filters};
    if (options.latest || options.last > 0) {
        request.last = options.latest ? 1 : static_cast<std::size_t>(options.last);
    }
    for (const engine::Container& container : engine::list_containers(session.engine(), request)) {
        listing.add(row_of(session.engine(), container, options, listing));
    }
    session.out().write(listing.text());
    return ExitStatus::ok;
}

} // namespace

constinit const Command ps_command = command<PsOptions, declare, run>(
    {.names = {"container ls", "container list", "container ps", "ps"},
     .group = Group::common,
     .summary = "List containers"});

} // namespace strata::cli
