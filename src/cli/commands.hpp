// SPDX-License-Identifier: Apache-2.0
//
// The tables of the command line.
#pragma once

#include "cli/command.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace strata::cli {

// One line a command. The file that defines it, cli/commands/<name>.cpp, includes this one.
extern const Command commit_command;
extern const Command completion_command;
extern const Command container_inspect_command;
extern const Command container_prune_command;
extern const Command diff_command;
extern const Command help_command;
extern const Command history_command;
extern const Command image_inspect_command;
extern const Command image_prune_command;
extern const Command images_command;
extern const Command import_command;
extern const Command info_command;
extern const Command inspect_command;
extern const Command load_command;
extern const Command ps_command;
extern const Command registry_deliveries_command;
extern const Command registry_du_command;
extern const Command registry_export_command;
extern const Command registry_fsck_command;
extern const Command registry_garbage_collect_command;
extern const Command registry_gc_command;
extern const Command registry_import_command;
extern const Command registry_ls_command;
extern const Command registry_replay_command;
extern const Command registry_rm_command;
extern const Command registry_serve_command;
extern const Command registry_tag_command;
extern const Command rm_command;
extern const Command rmi_command;
extern const Command run_command;
extern const Command save_command;
extern const Command shim_command;
extern const Command system_df_command;
extern const Command system_fsck_command;
extern const Command system_prune_command;
extern const Command system_reset_command;
extern const Command tag_command;
extern const Command version_command;

/// `strata image …`: a name that only holds commands.
struct ManagementGroup {
    std::string_view name;
    std::string_view summary;
};

/// A command of Docker's that is not here (yet), and what to do instead.
struct MissingCommand {
    std::string_view name;
    std::string_view instead;
};

std::span<const Command* const> commands(); // in the order `strata help` prints them
std::span<const ManagementGroup> management_groups();
std::span<const MissingCommand> missing_commands();

const Command* find_command(std::string_view name); // "images", "image ls"; null if there is none
const ManagementGroup* find_management_group(std::string_view name);
const MissingCommand* find_missing_command(std::string_view name);

/// The command that was probably meant by a name that is none; nothing if no name is close.
std::optional<std::string_view> closest_command(std::string_view typed);

} // namespace strata::cli
