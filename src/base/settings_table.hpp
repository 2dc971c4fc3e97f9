// SPDX-License-Identifier: Apache-2.0
//
// Every setting there is. The reader of the configuration file, the environment, `strata info` and
// docs/user/settings.md all go by this table; to add a setting, add a row.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace strata {

enum class SettingKind : std::uint8_t {
    path,   // an absolute path; in a file or variable, `~/` is the home folder
    text,   // anything
    choice, // one of `choices`, or nothing
    size,   // "64m", "1.5g"
    count,  // a whole number from 1
    flag,   // true, false
};

/// What stands before `/strata` in the default of somebody who is not root.
enum class UserBase : std::uint8_t { same, data, runtime };

struct SettingInfo {
    std::string_view name;        // in the file, and as --name where there is such a flag
    std::string_view environment; // variable
    SettingKind kind;
    std::string_view preset; // the default, as it would be written
    std::string_view doc;
    std::string_view choices = {}; // separated by spaces
    UserBase user_base = UserBase::same;
};

// clang-format off
inline constexpr auto kSettings = std::to_array<SettingInfo>({
    {"root", "STRATA_ROOT", SettingKind::path, "/var/lib/strata",
     "The data root: images, layers and containers, all that is to outlive a restart of the machine.",
     "", UserBase::data},
    {"run-root", "STRATA_RUN_ROOT", SettingKind::path, "/run/strata",
     "The run root: mounts, sockets and the state of running containers, gone after a restart.",
     "", UserBase::runtime},
    {"storage-driver", "STRATA_STORAGE_DRIVER", SettingKind::choice, "",
     "How layers become a root file system. A new data root takes the best that works here and keeps it.",
     "erofs overlay vfs"},
    {"runtime", "STRATA_RUNTIME", SettingKind::text, "",
     "The OCI runtime that starts containers: a name to look for in PATH, or a path. When empty, the first of crun and runc that is installed."},
    {"seccomp-profile", "STRATA_SECCOMP_PROFILE", SettingKind::path, "/usr/share/containers/seccomp.json",
     "The system calls that containers may use, unless --security-opt says otherwise."},
    {"keep-compressed", "STRATA_KEEP_COMPRESSED", SettingKind::flag, "true",
     "Whether compressed layers are kept beside the uncompressed ones, so that an image can be pushed or saved again with the digests that it came with."},
    {"log-size", "STRATA_LOG_SIZE", SettingKind::size, "10m",
     "How large one file of a container's log becomes before the next one is begun."},
    {"log-files", "STRATA_LOG_FILES", SettingKind::count, "3",
     "How many files of a container's log are kept, the one being written included."},
    {"pipeline-memory", "STRATA_PIPELINE_MEMORY", SettingKind::size, "8m",
     "How much of a stream may be in memory between its reader and its slowest consumer, for each layer that is received, and for its compressed form."},
    {"max-layers", "STRATA_MAX_LAYERS", SettingKind::count, "10000",
     "How many layers an image may have."},
    {"max-layer-size", "STRATA_MAX_LAYER_SIZE", SettingKind::size, "1t",
     "How large the tar of one layer may be, uncompressed."},
    {"max-layer-entries", "STRATA_MAX_LAYER_ENTRIES", SettingKind::count, "10000000",
     "How many entries one layer may have."},
    {"max-header-size", "STRATA_MAX_HEADER_SIZE", SettingKind::size, "1m",
     "How long the extended headers of one tar entry may be: long names, attributes, sparse maps."},
    {"max-sparse-extents", "STRATA_MAX_SPARSE_EXTENTS", SettingKind::count, "65536",
     "Of how many pieces one sparse file in a tar may be made."},
    {"max-archive-size", "STRATA_MAX_ARCHIVE_SIZE", SettingKind::size, "1t",
     "How large an archive that is loaded may become when it is decompressed."},
});
// clang-format on

inline constexpr std::size_t kNoSetting = kSettings.size();

constexpr std::size_t find_setting(std::string_view name) noexcept
{
    for (std::size_t i = 0; i < kSettings.size(); ++i) {
        if (kSettings[i].name == name) {
            return i;
        }
    }
    return kNoSetting;
}

} // namespace strata
