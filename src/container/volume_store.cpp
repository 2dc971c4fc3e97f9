// SPDX-License-Identifier: Apache-2.0
#include "container/volume_store.hpp"

#include "base/error.hpp"
#include "container/copy_tree.hpp"
#include "sys/folder_reader.hpp"
#include "sys/lock.hpp"
#include "sys/node.hpp"

#include <fmt/format.h>

#include <fcntl.h>

namespace strata::container {
namespace {

bool has_nothing(const sys::Path& folder)
{
    return !sys::FolderReader{sys::open_file(folder, O_RDONLY | O_DIRECTORY)}.next();
}

/// The image's folder at the volume's place; nothing if there is none or it is something else.
std::optional<sys::Fd> find_image_folder(const sys::Root& image, const std::string& destination)
{
    const auto status = image.find_status(destination);
    if (!status || !S_ISDIR(status->st_mode)) {
        return std::nullopt;
    }
    return image.find_file(destination, O_RDONLY | O_DIRECTORY);
}

/// Filled beside it and renamed over it, so that a volume is either filled or empty.
void fill(const sys::Path& volume, const sys::Fd& image)
{
    const sys::Path filling = volume / "_filling";
    sys::remove_tree(filling);
    sys::make_folder(filling, 0755);
    copy_tree(image, sys::open_file(filling, O_RDONLY | O_DIRECTORY));
    const struct ::stat status = sys::status_of(image);
    const sys::Fd parent = sys::open_file(volume, O_RDONLY | O_DIRECTORY);
    const std::string name = "_filling", data = "_data";
    sys::set_owner({parent, name}, status.st_uid, status.st_gid);
    sys::set_mode({parent, name}, status.st_mode & 07777);
    sys::rename({parent, name}, {parent, data});
}

} // namespace

store::Path ensure_volume(const store::Layout& layout, const MountPoint& mount,
                          const sys::Root& image)
{
    check_volume_name(mount.source);
    sys::Path data = layout.volume(mount.source);
    const sys::Path folder = data.parent_path();
    sys::ensure_folders(folder, 0711);
    const sys::Fd lock = sys::open_file(folder, O_RDONLY | O_DIRECTORY);
    sys::lock(lock, sys::LockMode::exclusive); // two containers may start with it at once

    if (!sys::find_status(data)) {
        sys::make_folder(data, 0755);
    }
    if (mount.copy_up && has_nothing(data)) {
        if (const auto source = find_image_folder(image, mount.destination)) {
            in_context(
                [&] { return fmt::format("filling volume {} from the image", mount.source); },
                [&] { fill(folder, *source); });
        }
    }
    return data;
}

void remove_volume(const store::Layout& layout, std::string_view name)
{
    sys::remove_tree(layout.volume(name).parent_path());
}

} // namespace strata::container
