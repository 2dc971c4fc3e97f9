// SPDX-License-Identifier: Apache-2.0
#include "engine/engine.hpp"
#include "engine/system.hpp"
#include "sys/file.hpp"

#include <algorithm>
#include <filesystem>

namespace strata::engine {
namespace {

/// What the files in a folder take, links counted once. Files come and go meanwhile: those that
/// have gone count nothing.
std::uint64_t size_of_tree(const sys::Path& folder)
{
    std::uint64_t bytes = 0;
    std::error_code gone;
    for (auto entry =
             std::filesystem::recursive_directory_iterator{
                 folder, std::filesystem::directory_options::skip_permission_denied, gone};
         entry != std::filesystem::recursive_directory_iterator{}; entry.increment(gone)) {
        if (const auto status = sys::find_status(entry->path());
            status && S_ISREG(status->st_mode)) {
            bytes += static_cast<std::uint64_t>(status->st_size) / status->st_nlink;
        }
    }
    return bytes;
}

std::vector<VolumeUsage> volumes(const store::Layout& layout,
                                 const std::vector<ContainerUsage>& containers)
{
    std::vector<VolumeUsage> found;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator{layout.volumes(), none}) {
        VolumeUsage volume{.name = entry.path().filename().string()};
        volume.size = size_of_tree(layout.volume(volume.name));
        for (const ContainerUsage& each : containers) {
            volume.links += static_cast<std::uint64_t>(std::ranges::count_if(
                each.container.config.mounts, [&](const container::MountPoint& mount) {
                    return mount.kind == container::MountKind::volume &&
                           mount.source == volume.name;
                }));
        }
        found.push_back(std::move(volume));
    }
    std::ranges::sort(found, {}, &VolumeUsage::name);
    return found;
}

} // namespace

SystemUsage system_usage(Engine& engine)
{
    SystemUsage usage;
    usage.store = store::disk_usage(engine.store().database());
    for (Container& container : list_containers(engine, {.all = AllContainers::yes})) {
        const std::uint64_t written = container_size(engine, container).written;
        usage.containers.push_back({std::move(container), written});
    }
    usage.volumes = volumes(engine.layout(), usage.containers);
    return usage;
}

} // namespace strata::engine
