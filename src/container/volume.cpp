// SPDX-License-Identifier: Apache-2.0
#include "container/volume.hpp"

#include "base/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>

namespace strata::container {
namespace {

[[noreturn]] void refuse(std::string message)
{
    throw Error{Errc::invalid_argument, std::move(message)};
}

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    for (;;) {
        const auto at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(at + 1);
    }
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words)
{
    return std::ranges::find(words, text) != words.end();
}

void apply_mode(MountPoint& mount, std::string_view mode)
{
    mount.mode = mode;
    std::array<int, 4> seen{}; // of each group of words that exclude each other
    for (const std::string_view word : split(mode, ',')) {
        bool known = true;
        if (is_one_of(word, {"ro", "rw"})) {
            mount.read_only = word == "ro";
            known = ++seen[0] == 1;
        } else if (is_one_of(
                       word,
                       {"z", "Z"})) { // SELinux labels: nothing to do where there is no SELinux
            known = ++seen[1] == 1;
        } else if (word == "nocopy") {
            mount.copy_up = false;
            known = mount.kind == MountKind::volume && ++seen[2] == 1;
        } else if (is_one_of(word,
                             {"private", "rprivate", "shared", "rshared", "slave", "rslave"})) {
            mount.propagation = word;
            known = mount.kind == MountKind::bind && ++seen[3] == 1;
        } else {
            known = is_one_of(word,
                              {"consistent", "cached", "delegated"}); // hints for virtual machines
        }
        if (!known) {
            refuse(fmt::format("invalid mode: {}", mode));
        }
    }
}

std::string_view docker_type(MountKind kind)
{
    switch (kind) {
    case MountKind::bind:
        return "bind";
    case MountKind::volume:
        return "volume";
    case MountKind::tmpfs:
        return "tmpfs";
    }
    return {};
}

/// `whole` is the option as written, for the message.
std::string checked_destination(std::string_view path, std::string_view whole, MountKind kind)
{
    const auto bad = [&](std::string_view why) {
        refuse(fmt::format(
            "invalid volume specification: '{}': invalid mount config for type \"{}\": {}", whole,
            docker_type(kind), why));
    };
    if (!path.starts_with('/')) {
        bad(fmt::format("invalid mount path: '{}' mount path must be absolute", path));
    }
    std::string clean = clean_path(path);
    if (clean == "/") {
        bad("invalid specification: destination can't be '/'");
    }
    return clean;
}

std::size_t depth(const MountPoint& mount)
{
    return static_cast<std::size_t>(std::ranges::count(mount.destination, '/'));
}

} // namespace

std::string clean_path(std::string_view path)
{
    std::vector<std::string_view> parts;
    for (const std::string_view part : split(path, '/')) {
        if (part == "..") {
            if (!parts.empty()) {
                parts.pop_back();
            }
        } else if (!part.empty() && part != ".") {
            parts.push_back(part);
        }
    }
    return parts.empty() ? "/" : fmt::format("/{}", fmt::join(parts, "/"));
}

void check_volume_name(std::string_view name)
{
    const auto letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    if (name.size() == 1) {
        refuse("volume name is too short, names should be at least two alphanumeric characters");
    }
    const bool good = !name.empty() && name.size() <= 255 && letter(name.front()) &&
                      std::ranges::all_of(name, [&](char c) {
                          return letter(c) || c == '_' || c == '.' || c == '-';
                      });
    if (!good) {
        refuse(fmt::format(
            "create {}: \"{}\" includes invalid characters for a local volume name, only "
            "\"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host "
            "directory, use absolute path",
            name, name));
    }
}

MountPoint parse_volume(std::string_view text)
{
    const auto parts = split(text, ':');
    if (text.empty()) {
        refuse("invalid empty volume spec");
    }
    if (std::ranges::any_of(parts, &std::string_view::empty)) {
        refuse(fmt::format("invalid spec: {}: empty section between colons", text));
    }
    if (parts.size() > 3) {
        refuse(fmt::format("invalid spec: {}: too many colons", text));
    }
    if (parts.size() == 1) {
        MountPoint mount{.kind = MountKind::volume, .anonymous = true};
        mount.destination = checked_destination(parts[0], text, mount.kind);
        return mount;
    }
    MountPoint mount;
    mount.kind = parts[0].starts_with('/') ? MountKind::bind : MountKind::volume;
    mount.destination = checked_destination(parts[1], text, mount.kind);
    if (mount.kind == MountKind::bind) {
        mount.source = clean_path(parts[0]);
        mount.copy_up = false;
    } else {
        check_volume_name(parts[0]);
        mount.source = parts[0];
    }
    if (parts.size() == 3) {
        apply_mode(mount, parts[2]);
    }
    return mount;
}

MountPoint parse_tmpfs(std::string_view text)
{
    const auto colon = text.find(':');
    const std::string_view path = text.substr(0, colon);
    MountPoint mount{.kind = MountKind::tmpfs, .copy_up = false};
    if (!path.starts_with('/')) {
        refuse(fmt::format("invalid mount path: '{}' mount path must be absolute", path));
    }
    mount.destination = clean_path(path);
    if (mount.destination == "/") {
        refuse("invalid specification: destination can't be '/'");
    }
    if (colon != std::string_view::npos) {
        mount.tmpfs_options = text.substr(colon + 1);
    }
    return mount;
}

MountPoint image_volume(std::string_view path)
{
    return {.kind = MountKind::volume,
            .destination =
                clean_path(path.starts_with('/') ? std::string{path} : fmt::format("/{}", path)),
            .anonymous = true};
}

std::vector<MountPoint> arrange_mounts(std::vector<MountPoint> requested,
                                       const std::vector<std::string>& image_volumes)
{
    // A bare `-v /path` asks for any volume there, as a VOLUME of the image does, so it yields to
    // whatever else is mounted there.
    std::ranges::stable_partition(requested, std::logical_not{}, &MountPoint::anonymous);
    std::vector<MountPoint> all;
    for (MountPoint& mount : requested) {
        const bool is_taken =
            std::ranges::find(all, mount.destination, &MountPoint::destination) != all.end();
        const bool is_repeated = std::ranges::find(all, mount) != all.end();
        if (is_repeated || (is_taken && mount.anonymous)) {
            continue;
        }
        if (is_taken) {
            refuse(fmt::format("Duplicate mount point: {}", mount.destination));
        }
        all.push_back(std::move(mount));
    }
    for (const std::string& path : image_volumes) {
        MountPoint mount = image_volume(path);
        if (std::ranges::find(all, mount.destination, &MountPoint::destination) == all.end()) {
            all.push_back(std::move(mount));
        }
    }
    std::ranges::stable_sort(all, {}, depth);
    return all;
}

} // namespace strata::container
