// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "base/size.hpp"
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/listing.hpp"
#include "cli/registry_data.hpp"
#include "cli/session.hpp"
#include "registry/operations.hpp"

namespace strata::cli {
namespace {

struct ListOptions {
    std::string config;
    std::string repository;
    std::string format;
};

void declare(ArgParser& args, ListOptions& options)
{
    declare_registry_config(args, options.config);
    args.option("--format", options.format, kListFormatHelp);
    args.optional_argument("[REPOSITORY]", options.repository);
}

constexpr ListField kRepositoryFields[] = {
    {"Repository", "REPOSITORY"}, {"Tags", "TAGS"}, {"Manifests", "MANIFESTS"},
    {"Blobs", "BLOBS"},           {"Size", "SIZE"},
};
constexpr std::string_view kRepositoryTable =
    "table {{.Repository}}\t{{.Tags}}\t{{.Manifests}}\t{{.Blobs}}\t{{.Size}}";

constexpr ListField kTagFields[] = {
    {"Tag", "TAG"}, {"Digest", "DIGEST"}, {"Type", "TYPE"}, {"Size", "SIZE"}};
constexpr std::string_view kTagTable = "table {{.Tag}}\t{{.Digest}}\t{{.Size}}\t{{.Type}}";

std::string shown(std::uint64_t bytes)
{
    return human_size(static_cast<double>(bytes));
}

void list_repositories(Session& session, registry::Metadata& metadata, std::string_view format)
{
    constexpr std::size_t kAtOnce = 1000;
    Listing listing{format, kRepositoryTable, kRepositoryFields};
    registry::Page page{.last = {}, .limit = kAtOnce};
    while (true) {
        const auto some = metadata.list_usage(page);
        for (const registry::RepositoryUsage& each : some) {
            listing.add({.values = {each.name, fmt::format("{}", each.tags),
                                    fmt::format("{}", each.manifests),
                                    fmt::format("{}", each.blobs), shown(each.bytes)}});
        }
        if (some.size() < kAtOnce) {
            break;
        }
        page.last = some.back().name;
    }
    session.out().write(listing.text());
}

void list_tags(Session& session, registry::Metadata& metadata, const ListOptions& options)
{
    Listing listing{options.format, kTagTable, kTagFields};
    for (const registry::TagEntry& each :
         registry::list_tag_entries(metadata, options.repository)) {
        listing.add({.values = {each.name, each.digest.str(), each.media_type, shown(each.size)}});
    }
    session.out().write(listing.text());
}

ExitStatus run(Session& session, const ListOptions& options)
{
    const RegistryData data = open_registry(options.config);
    if (options.repository.empty()) {
        list_repositories(session, *data.metadata, options.format);
    } else {
        list_tags(session, *data.metadata, options);
    }
    return ExitStatus::ok;
}

} // namespace

constinit const Command registry_ls_command = command<ListOptions, declare, run>({
    .names = {"registry ls", "registry list"},
    .summary = "List the repositories of a registry, or the tags of one of them",
});

} // namespace strata::cli
