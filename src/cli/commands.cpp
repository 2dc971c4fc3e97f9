// SPDX-License-Identifier: Apache-2.0
//
// The index of the command line. Written by hand on purpose: static self-registration would save
// one line a command, and in exchange the linker would silently drop every command that nothing
// refers to. Here a missing definition is a link error, and commands_test.cpp fails on a name that
// is there twice or a help that says nothing.
#include "cli/commands.hpp"

#include "base/strings.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

namespace strata::cli {

namespace {

constexpr const Command* kCommands[] = {
    // Help sorts them; see Group.
    &commit_command,
    &completion_command,
    &container_inspect_command,
    &container_prune_command,
    &diff_command,
    &help_command,
    &history_command,
    &image_inspect_command,
    &image_prune_command,
    &images_command,
    &import_command,
    &info_command,
    &inspect_command,
    &load_command,
    &ps_command,
    &registry_deliveries_command,
    &registry_du_command,
    &registry_export_command,
    &registry_fsck_command,
    &registry_garbage_collect_command,
    &registry_gc_command,
    &registry_import_command,
    &registry_ls_command,
    &registry_replay_command,
    &registry_rm_command,
    &registry_serve_command,
    &registry_tag_command,
    &rm_command,
    &rmi_command,
    &run_command,
    &save_command,
    &shim_command,
    &system_df_command,
    &system_fsck_command,
    &system_prune_command,
    &system_reset_command,
    &tag_command,
    &version_command,
};

constexpr ManagementGroup kManagementGroups[] = {
    {"container", "Manage containers"},
    {"image", "Manage images"},
    {"registry", "Serve a registry and look after it"},
    {"system", "Manage Strata"},
};

constexpr MissingCommand kMissingCommands[] = {
    {"attach", "start the container with 'strata run', which stays attached to it."},
    {"build",
     "import a file system with 'strata import', or change a container and 'strata commit' it."},
    {"builder", "there is nothing to manage before 'strata build' exists."},
    {"buildx", "there is nothing to manage before 'strata build' exists."},
    {"checkpoint", "no OCI runtime does this reliably; 'strata commit' keeps a container's files."},
    {"compose", "run the containers one by one with 'strata run'."},
    {"config", "Strata has no swarm mode; mount a file with 'strata run -v'."},
    {"context", "there is one store, on this machine; --root chooses another."},
    {"cp", "mount the folder with 'strata run -v HOST:CONTAINER'."},
    {"create", "'strata run' creates a container and starts it."},
    {"events", "'strata ps -a' shows what has happened to containers."},
    {"exec", "run another program in the same image with 'strata run'."},
    {"export", "'strata commit' the container and 'strata save' the image."},
    {"kill", "send the signal to the running 'strata run', which passes it on."},
    {"login", "there are no registries yet; move images with 'strata save' and 'strata load'."},
    {"logout", "there are no registries yet; move images with 'strata save' and 'strata load'."},
    {"logs", "'strata run' shows the output while the container runs."},
    {"manifest", "there are no registries yet."},
    {"network", "choose 'strata run --network none' or 'host'."},
    {"node", "Strata has no swarm mode."},
    {"pause", "stop the program itself with a signal to 'strata run'."},
    {"plugin", "Strata has no plugins."},
    {"port", "ports are not published yet; choose 'strata run --network host'."},
    {"pull", "get the image as a file ('docker save', 'skopeo copy docker://… docker-archive:…') "
             "and 'strata load' it."},
    {"push", "'strata save' the image, and upload the file with a tool such as skopeo."},
    {"rename", "give the name when the container is made: 'strata run --name'."},
    {"restart", "run the container again with 'strata run'."},
    {"search", "there are no registries yet."},
    {"secret", "Strata has no swarm mode; mount a file with 'strata run -v'."},
    {"service", "Strata has no swarm mode."},
    {"stack", "Strata has no swarm mode."},
    {"start", "'strata commit' the container and 'strata run' the image."},
    {"stats", "the container's numbers are in its cgroup, see /sys/fs/cgroup."},
    {"stop", "send SIGTERM to the running 'strata run', which passes it on."},
    {"swarm", "Strata has no swarm mode."},
    {"top", "'ps' on the host shows the processes of containers."},
    {"trust", "images are identified by digest; 'strata system fsck' verifies them."},
    {"unpause", "containers cannot be paused yet."},
    {"update", "limits cannot be changed yet."},
    {"volume", "mount a folder with 'strata run -v HOST:CONTAINER'."},
    {"wait", "'strata run' ends with the container, and with its exit status."},
};

} // namespace

std::span<const Command* const> commands()
{
    return kCommands;
}

std::span<const ManagementGroup> management_groups()
{
    return kManagementGroups;
}

std::span<const MissingCommand> missing_commands()
{
    return kMissingCommands;
}

const Command* find_command(std::string_view name)
{
    if (name.empty()) {
        return nullptr;
    }
    for (const Command* const command : kCommands) {
        if (std::ranges::find(command->names, name) != command->names.end()) {
            return command;
        }
    }
    return nullptr;
}

const ManagementGroup* find_management_group(std::string_view name)
{
    const auto* const found = std::ranges::find(kManagementGroups, name, &ManagementGroup::name);
    return found == std::end(kManagementGroups) ? nullptr : found;
}

const MissingCommand* find_missing_command(std::string_view name)
{
    const auto* const found = std::ranges::find(kMissingCommands, name, &MissingCommand::name);
    return found == std::end(kMissingCommands) ? nullptr : found;
}

std::optional<std::string_view> closest_command(std::string_view typed)
{
    std::vector<std::string_view> names;
    for (const Command* const command : kCommands) {
        if (command->group != Group::hidden) {
            std::ranges::copy_if(command->names, std::back_inserter(names),
                                 [](std::string_view name) { return !name.empty(); });
        }
    }
    std::ranges::transform(kManagementGroups, std::back_inserter(names), &ManagementGroup::name);
    return closest(typed, names);
}

} // namespace strata::cli
