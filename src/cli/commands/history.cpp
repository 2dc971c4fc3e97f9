// SPDX-License-Identifier: Apache-2.0
#include "base/size.hpp"
#include "base/time.hpp"
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/format.hpp"
#include "cli/listing.hpp"
#include "cli/operands.hpp"
#include "cli/session.hpp"
#include "engine/images.hpp"
#include "oci/platform.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace strata::cli {
namespace {

struct HistoryOptions {
    std::string image;
    std::string format;
    bool human = true;
    bool no_truncation = false;
    bool quiet = false;
    std::string platform;
};

void declare(ArgParser& args, HistoryOptions& options)
{
    args.option("--format", options.format, kListFormatHelp);
    args.flag("--human", 'H', options.human, "Print sizes and dates in human readable format");
    args.flag("--no-trunc", options.no_truncation, "Don't truncate output");
    args.option("--platform", options.platform, "Show history for the given platform");
    args.flag("--quiet", 'q', options.quiet, "Only show image IDs");
    args.argument("IMAGE", options.image).complete(Complete::images);
}

constexpr ListField kFields[] = {
    {"ID", "IMAGE"},
    {"CreatedSince", "CREATED"},
    {"CreatedAt", "CREATED AT"},
    {"CreatedBy", "CREATED BY"},
    {"Size", "SIZE"},
    {"Comment", "COMMENT"},
};
constexpr std::string_view kHuman =
    "table {{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}";
constexpr std::string_view kExact =
    "table {{.ID}}\t{{.CreatedAt}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}";
constexpr std::size_t kCommandColumns = 45;
constexpr Timestamp kFirstSensible{
    std::chrono::sys_days{std::chrono::year{2000} / 1 / 1}}; // Docker's idea

Row row_of(const engine::HistoryEntry& entry, const HistoryOptions& options)
{
    std::string id = entry.id ? entry.id->str() : "<missing>";
    if (entry.id && !options.no_truncation) {
        id = short_digest(id);
    }
    const bool is_dated = entry.created && *entry.created > kFirstSensible;
    std::string command = entry.created_by;
    std::ranges::replace(command, '\t', ' ');
    Row row;
    row.values = {std::move(id),
                  is_dated ? time_ago(*entry.created) : "N/A",
                  entry.created ? format_rfc3339_seconds(*entry.created) : "",
                  options.no_truncation ? command : ellipsis(command, kCommandColumns),
                  options.human ? human_size(static_cast<double>(entry.size), 3)
                                : std::to_string(entry.size),
                  entry.comment};
    return row;
}

ExitStatus run(Session& session, const HistoryOptions& options)
{
    const bool is_table = options.format.empty() || options.format == "table";
    const std::string format{!is_table       ? std::string_view{options.format}
                             : options.quiet ? "{{.ID}}"
                             : options.human ? kHuman
                                             : kExact};
    Listing listing{format, format, kFields};
    for (const engine::HistoryEntry& entry :
         engine::image_history(session.engine(), options.image, parse_platform(options.platform))) {
        listing.add(row_of(entry, options));
    }
    session.out().write(listing.text());
    return ExitStatus::ok;
}

} // namespace

constinit const Command history_command = command<HistoryOptions, declare, run>({
    .names = {"image history", "history"},
    .summary = "Show the history of an image",
});

} // namespace strata::cli
