// SPDX-License-Identifier: Apache-2.0
//
// What a user mounts into a container: host folders (bind), named and anonymous volumes, tmpfs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace strata::container {

enum class MountKind : std::uint8_t { bind, volume, tmpfs };

struct MountPoint {
    MountKind kind = MountKind::bind;
    std::string source{}; // a host path; a volume's name, empty until an anonymous one gets one;
                          // empty for tmpfs
    std::string destination{}; // absolute, clean
    bool read_only = false;
    bool copy_up = true;         // fill a new volume with what the image has there
    bool anonymous = false;      // goes with the container under --rm and rm -v
    std::string propagation{};   // of a bind: "rprivate", "shared", …; empty: rprivate
    std::string mode{};          // as written: "ro,z"
    std::string tmpfs_options{}; // as written: "size=64m,exec"

    friend bool operator==(const MountPoint&, const MountPoint&) = default;
};

/// One `-v`: `/host:/container[:mode]`, `name:/container[:mode]`, `/container`.
/// Throws Errc::invalid_argument in Docker's words.
MountPoint parse_volume(std::string_view text);

/// One `--tmpfs`: `/container[:options]`.
MountPoint parse_tmpfs(std::string_view text);

/// A VOLUME of the image: an anonymous volume.
MountPoint image_volume(std::string_view path);

/// Throws Errc::invalid_argument unless `name` can be a folder of ours and is spelled as Docker
/// allows.
void check_volume_name(std::string_view name);

/// The mounts of a container in the order in which they must be made, parents first. A `requested`
/// one hides an image's volume of the same destination, and an anonymous one yields to any other.
/// Throws Errc::invalid_argument when two others that are requested have the same destination.
std::vector<MountPoint> arrange_mounts(std::vector<MountPoint> requested,
                                       const std::vector<std::string>& image_volumes);

/// An absolute path without "//", "." and "..", as Go's path.Clean.
std::string clean_path(std::string_view path);

} // namespace strata::container
