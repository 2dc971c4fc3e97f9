// SPDX-License-Identifier: Apache-2.0
#include "container/devices.hpp"

#include "base/error.hpp"
#include "base/strings.hpp"
#include "sys/file.hpp"
#include "sys/folder_reader.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>

namespace strata::container {
namespace {

constexpr std::array<std::string_view, 8> kOwnNames = {"pts",  "shm",   "fd",      "mqueue",
                                                       ".lxc", ".udev", "console", ".lxd-mounts"};

bool is_device(const struct ::stat& status)
{
    return S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode);
}

DeviceNode node_of(const struct ::stat& status, std::string path, std::string permissions)
{
    return {.path = std::move(path),
            .type = S_ISBLK(status.st_mode) ? 'b' : 'c',
            .major = major(status.st_rdev),
            .minor = minor(status.st_rdev),
            .mode = status.st_mode & 07777,
            .uid = status.st_uid,
            .gid = status.st_gid,
            .permissions = std::move(permissions)};
}

void collect(const sys::Path& host, const std::string& container, const std::string& permissions,
             std::vector<DeviceNode>& into)
{
    const sys::Fd folder = sys::open_file(host, O_RDONLY | O_DIRECTORY);
    for (const std::string& name : sys::sorted_names(folder)) {
        if (std::ranges::find(kOwnNames, name) != kOwnNames.end()) {
            continue;
        }
        const auto status = sys::find_status(host / name);
        if (!status) { // unplugged meanwhile
            continue;
        }
        std::string path = fmt::format("{}/{}", container, name);
        if (S_ISDIR(status->st_mode)) {
            collect(host / name, path, permissions, into);
        } else if (is_device(*status)) {
            into.push_back(node_of(*status, std::move(path), permissions));
        }
    }
}

bool is_permissions(std::string_view text)
{
    return !text.empty() && text.size() <= 3 &&
           text.find_first_not_of("rwm") == std::string_view::npos;
}

} // namespace

DeviceMapping parse_device(std::string_view text)
{
    const auto parts = split(text, ':');
    DeviceMapping mapping{.host = parts[0], .container = parts[0]};
    if (parts.size() > 3 || parts[0].empty()) {
        throw Error{Errc::invalid_argument, fmt::format("invalid device specification: {}", text)};
    }
    if (parts.size() >= 2) {
        if (parts.size() == 2 && is_permissions(parts[1])) {
            mapping.permissions = parts[1];
        } else {
            mapping.container = parts[1];
        }
    }
    if (parts.size() == 3) {
        if (!is_permissions(parts[2])) {
            throw Error{Errc::invalid_argument, fmt::format("invalid device mode: {}", parts[2])};
        }
        mapping.permissions = parts[2];
    }
    return mapping;
}

std::vector<DeviceNode> device_nodes(const DeviceMapping& mapping)
{
    struct ::stat status {};
    if (::stat(mapping.host.c_str(), &status) != 0) {
        throw_errno("error gathering device information while adding custom device {}",
                    go_quote(mapping.host));
    }
    std::vector<DeviceNode> nodes;
    if (S_ISDIR(status.st_mode)) {
        collect(mapping.host, mapping.container, mapping.permissions, nodes);
    } else if (is_device(status)) {
        nodes.push_back(node_of(status, mapping.container, mapping.permissions));
    }
    if (nodes.empty()) {
        throw Error{Errc::invalid_argument,
                    fmt::format("error gathering device information while adding custom device {}: "
                                "not a device node",
                                go_quote(mapping.host))};
    }
    return nodes;
}

std::vector<DeviceNode> host_devices()
{
    std::vector<DeviceNode> nodes;
    collect("/dev", "/dev", "rwm", nodes);
    return nodes;
}

} // namespace strata::container
