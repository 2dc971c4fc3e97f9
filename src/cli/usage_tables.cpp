// SPDX-License-Identifier: Apache-2.0
#include "cli/usage_tables.hpp"

#include "base/id.hpp"
#include "base/size.hpp"
#include "cli/container_texts.hpp"
#include "cli/documents.hpp"
#include "cli/format.hpp"
#include "cli/listing.hpp"
#include "cli/session.hpp"
#include "engine/engine.hpp"
#include "engine/images.hpp"
#include "engine/system.hpp"

#include <algorithm>
#include <map>

namespace strata::cli {
namespace {

constexpr std::string_view kNone = "<none>";

constexpr ListField kImageFields[] = {
    {"Repository", "REPOSITORY"},
    {"Tag", "TAG"},
    {"Digest", "DIGEST"},
    {"ID", "IMAGE ID"},
    {"CreatedSince", "CREATED"},
    {"CreatedAt", "CREATED AT"},
    {"Size", "SIZE"},
    {"VirtualSize", "SIZE"},
    {"SharedSize", "SHARED SIZE"},
    {"UniqueSize", "UNIQUE SIZE"},
    {"Containers", "CONTAINERS"},
};
constexpr std::string_view kImageTable =
    "table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}\t{{.SharedSize}}\t"
    "{{.UniqueSize}}\t{{.Containers}}";

constexpr ListField kContainerFields[] = {
    {"ID", "CONTAINER ID"}, {"Image", "IMAGE"},
    {"Command", "COMMAND"}, {"LocalVolumes", "LOCAL VOLUMES"},
    {"Size", "SIZE"},       {"RunningFor", "CREATED"},
    {"Status", "STATUS"},   {"Names", "NAMES"},
    {"State", "STATE"},     {"CreatedAt", "CREATED AT"},
    {"Labels", "LABELS"},   {"Mounts", "MOUNTS"},
    {"Ports", "PORTS"},     {"Networks", "NETWORKS"},
};
constexpr std::string_view kContainerTable =
    "table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t{{.RunningFor}}\t"
    "{{.Status}}\t{{.Names}}";

constexpr ListField kVolumeFields[] = {
    {"Name", "VOLUME NAME"},
    {"Links", "LINKS"},
    {"Size", "SIZE"},
    {"Driver", "DRIVER"},
    {"Mountpoint", "MOUNTPOINT"},
    {"Scope", "SCOPE"},
    {"Labels", "LABELS"},
    {"Status", "STATUS"},
    {"Group", "GROUP"},
    {"Availability", "AVAILABILITY"},
};
constexpr std::string_view kVolumeTable = "table {{.Name}}\t{{.Links}}\t{{.Size}}";

std::string shown(std::uint64_t bytes)
{
    return human_size(static_cast<double>(bytes));
}

/// Tables have short ids and cut off what is long; documents have all of it.
Truncate truncation(std::string_view format)
{
    return format.empty() ? Truncate::yes : Truncate::no;
}

Row image_row(const engine::ImageSummary& image, const store::ImageUsage& usage, Truncate truncate)
{
    const Timestamp created{std::chrono::nanoseconds{image.created_ns}};
    const oci::Reference* const tag = image.tags.empty() ? nullptr : &image.tags.front();
    return {
        .values = {tag == nullptr ? std::string{kNone} : tag->familiar_name(),
                   tag == nullptr ? std::string{kNone} : tag->tag().value_or(std::string{kNone}),
                   {},
                   truncate == Truncate::yes ? short_digest(image.id.str()) : image.id.str(),
                   image.created_ns > 0 ? time_ago(created) : "N/A",
                   local_time(created),
                   human_size(static_cast<double>(usage.size), 3),
                   shown(usage.size),
                   shown(usage.shared_size),
                   shown(usage.size - usage.shared_size),
                   fmt::format("{}", usage.holders)}};
}

std::string images(engine::Engine& engine, const engine::SystemUsage& usage,
                   std::string_view format)
{
    std::map<oci::ImageId, const store::ImageUsage*> usages;
    for (const store::ImageUsage& each : usage.store.images) {
        usages.emplace(each.id, &each);
    }
    Listing listing{format, kImageTable, kImageFields};
    for (const engine::ImageSummary& image :
         engine::list_images(engine, {.all = engine::All::yes, .filters = {}})) {
        if (const auto found = usages.find(image.id); found != usages.end()) {
            listing.add(image_row(image, *found->second, truncation(format)));
        }
    }
    return listing.text();
}

std::string containers(engine::Engine& engine, const engine::SystemUsage& usage,
                       std::string_view format)
{
    const Truncate truncate = truncation(format);
    Listing listing{format, kContainerTable, kContainerFields};
    for (const auto& [container, written] : usage.containers) {
        const Timestamp created{std::chrono::nanoseconds{container.created_ns}};
        listing.add(
            {.values = {
                 truncate == Truncate::yes ? std::string{short_id(container.id)} : container.id,
                 engine::shown_image(engine, container), command_text(container, truncate),
                 fmt::format("{}", volume_count(container)), shown(written), time_ago(created),
                 status_text(container), container.name, std::string{name_of(container.state)},
                 local_time(created), labels_text(container), mounts_text(container, truncate),
                 std::string{}, networks_text(container)}});
    }
    return listing.text();
}

std::string volumes(engine::Engine& engine, const engine::SystemUsage& usage,
                    std::string_view format)
{
    Listing listing{format, kVolumeTable, kVolumeFields};
    for (const engine::VolumeUsage& volume : usage.volumes) {
        listing.add({.values = {volume.name,
                                fmt::format("{}", volume.links),
                                shown(volume.size),
                                "local",
                                engine.layout().volume(volume.name).native(),
                                "local",
                                {},
                                "N/A",
                                "N/A",
                                "N/A"}});
    }
    return listing.text();
}

/// JSON lines as an array.
std::string array_of(std::string lines)
{
    lines.erase(lines.find_last_not_of('\n') + 1);
    std::ranges::replace(lines, '\n', ',');
    return '[' + lines + ']';
}

} // namespace

std::string usage_tables(Session& session, const engine::SystemUsage& usage)
{
    return fmt::format("Images space usage:\n\n{}\n"
                       "On disk they take {}.\n\n"
                       "Containers space usage:\n\n{}\n"
                       "Local Volumes space usage:\n\n{}\n"
                       "Build cache usage: 0B\n",
                       images(session.engine(), usage, ""), shown(usage.store.disk_bytes),
                       containers(session.engine(), usage, ""),
                       volumes(session.engine(), usage, ""));
}

std::string usage_document(Session& session, const engine::SystemUsage& usage,
                           std::string_view format)
{
    const std::string document =
        fmt::format(R"({{"Images":{},"Containers":{},"Volumes":{},"BuildCache":[]}})",
                    array_of(images(session.engine(), usage, "json")),
                    array_of(containers(session.engine(), usage, "json")),
                    array_of(volumes(session.engine(), usage, "json")));
    return format_document(format, document, kUntyped) + '\n';
}

} // namespace strata::cli
