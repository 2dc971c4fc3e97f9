// SPDX-License-Identifier: Apache-2.0
#include "engine/images.hpp"

#include "base/error.hpp"
#include "base/size.hpp"
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/filter_flag.hpp"
#include "cli/format.hpp"
#include "cli/listing.hpp"
#include "cli/session.hpp"

#include <map>
#include <string>
#include <vector>

namespace strata::cli {
namespace {

struct ImagesOptions {
    std::string repository;
    engine::All all = engine::All::no;
    bool digests = false;
    std::vector<engine::Filter> filters;
    std::string format;
    bool no_truncation = false;
    bool quiet = false;
    bool tree = false;
};

void declare(ArgParser& args, ImagesOptions& options)
{
    args.flag("--all", 'a', options.all, "Show all images (default hides intermediate images)");
    args.flag("--digests", options.digests, "Show digests");
    filter_flag(args, options.filters, "Filter output based on conditions provided");
    args.option("--format", options.format, kListFormatHelp);
    args.flag("--no-trunc", options.no_truncation, "Don't truncate output");
    args.flag("--quiet", 'q', options.quiet, "Only show image IDs");
    args.flag("--tree", options.tree, "List images as a tree, with what each takes");
    args.optional_argument("[REPOSITORY[:TAG]]", options.repository).complete(Complete::images);
}

void check(const ImagesOptions& options)
{
    if (options.tree) {
        throw Error{Errc::unsupported,
                    "unsupported: --tree: images here are of one platform, so there is no tree",
                    "'strata system df -v' shows what each image takes."};
    }
}

constexpr ListField kFields[] = {
    {"ID", "IMAGE ID"},
    {"Repository", "REPOSITORY"},
    {"Tag", "TAG"},
    {"Digest", "DIGEST"},
    {"CreatedSince", "CREATED"},
    {"CreatedAt", "CREATED AT"},
    {"Size", "SIZE"},
    {"Containers", "CONTAINERS"},
    {"VirtualSize", "SIZE"},
    {"SharedSize", "SHARED SIZE"},
    {"UniqueSize", "UNIQUE SIZE"},
};

constexpr std::string_view kTable =
    "table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}";
constexpr std::string_view kTableWithDigests =
    "table {{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}";
constexpr std::string_view kNone = "<none>";
constexpr std::string_view kUnknown = "N/A"; // 'system df -v' knows

/// What a row is about: a tag, a digest, both, or neither.
struct Name {
    std::string repository{kNone};
    std::string tag{kNone};
    std::string digest{kNone};
};

/// A row for each tag; with digests a row for each pair of them in one repository, and one for each
/// digest alone.
std::vector<Name> names_of(const engine::ImageSummary& image, bool with_digests)
{
    std::map<std::string, std::vector<std::string>> digests;
    for (const oci::Reference& reference : image.digests) {
        digests[reference.familiar_name()].push_back(reference.digest()->str());
    }
    std::vector<Name> names;
    for (const oci::Reference& tag : image.tags) {
        Name name{.repository = tag.familiar_name(), .tag = tag.tag().value_or(std::string{kNone})};
        const auto found = digests.find(name.repository);
        if (!with_digests || found == digests.end()) {
            names.push_back(name);
            continue;
        }
        for (const std::string& digest : found->second) {
            name.digest = digest;
            names.push_back(name);
        }
    }
    for (const oci::Reference& tag : image.tags) {
        digests.erase(tag.familiar_name());
    }
    for (const auto& [repository, of_repository] : digests) {
        for (const std::string& digest : of_repository) {
            names.push_back({.repository = repository, .digest = digest});
            if (!with_digests) {
                break;
            }
        }
    }
    if (names.empty()) {
        names.emplace_back();
    }
    return names;
}

// Older than templates, and still there.
constexpr std::string_view kRaw =
    "repository: {{.Repository}}\ntag: {{.Tag}}\nimage_id: {{.ID}}\ncreated_at: "
    "{{.CreatedAt}}\nvirtual_size: {{.Size}}\n";
constexpr std::string_view kRawWithDigests =
    "repository: {{.Repository}}\ntag: {{.Tag}}\ndigest: {{.Digest}}\nimage_id: {{.ID}}\n"
    "created_at: {{.CreatedAt}}\nvirtual_size: {{.Size}}\n";

std::string format_of(const ImagesOptions& options)
{
    if (options.format == "raw") {
        return options.quiet ? "image_id: {{.ID}}"
                             : std::string{options.digests ? kRawWithDigests : kRaw};
    }
    if (!options.format.empty() && options.format != "table") {
        return options.format;
    }
    return options.quiet ? "{{.ID}}" : std::string{options.digests ? kTableWithDigests : kTable};
}

class Rows {
public:
    Rows(Listing& listing, const ImagesOptions& options)
        : listing_{listing}
        , options_{options}
        , with_digests_{options.digests || listing.uses("Digest")}
    {
    }

    void add(const engine::ImageSummary& image)
    {
        const bool is_dated = image.created_ns > 0;
        const Timestamp created{std::chrono::nanoseconds{image.created_ns}};
        const std::string id = image.id.str();
        const std::string size = human_size(static_cast<double>(image.size), 3);
        for (const Name& name : names_of(image, with_digests_)) {
            Row row;
            row.values = {options_.no_truncation ? id : short_digest(id),
                          name.repository,
                          name.tag,
                          name.digest,
                          is_dated ? time_ago(created) : std::string{kUnknown},
                          listing_.uses("CreatedAt") ? local_time(created) : std::string{},
                          size,
                          std::string{kUnknown},
                          human_size(static_cast<double>(image.size)),
                          std::string{kUnknown},
                          std::string{kUnknown}};
            listing_.add(row);
        }
    }

private:
    Listing& listing_;
    const ImagesOptions& options_;
    bool with_digests_;
};

ExitStatus run(Session& session, const ImagesOptions& options)
{
    engine::ListImages request{.all = options.all, .filters = options.filters};
    if (!options.repository.empty()) {
        request.filters.emplace_back("reference", options.repository);
    }
    const std::string format = format_of(options);
    Listing listing{format, format, kFields};
    Rows rows{listing, options};
    for (const engine::ImageSummary& image : engine::list_images(session.engine(), request)) {
        rows.add(image);
    }
    session.out().write(listing.text());
    return ExitStatus::ok;
}

} // namespace

constinit const Command images_command = command<ImagesOptions, declare, check, run>({
    .names = {"image ls", "image list", "images"},
    .group = Group::common,
    .summary = "List images",
});

} // namespace strata::cli
