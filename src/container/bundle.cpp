// SPDX-License-Identifier: Apache-2.0
#include "container/bundle.hpp"

#include "base/error.hpp"
#include "base/id.hpp"
#include "container/capabilities.hpp"
#include "container/cgroup.hpp"
#include "container/devices.hpp"
#include "container/host_files.hpp"
#include "container/init_files.hpp"
#include "container/seccomp.hpp"
#include "container/spec.hpp"
#include "container/user.hpp"
#include "container/volume_store.hpp"
#include "oci/image_config.hpp"
#include "store/image_store.hpp"
#include "store/store.hpp"
#include "sys/folder_reader.hpp"
#include "sys/host.hpp"
#include "sys/root.hpp"

#include <fmt/format.h>

#include <fcntl.h>

#include <algorithm>

namespace strata::container {
namespace {

constexpr std::string_view kUnconfined = "unconfined";

void write_file(const sys::Path& path, std::string_view text, unsigned mode = 0644)
{
    sys::write_all(sys::open_file(path, O_WRONLY | O_CREAT | O_TRUNC, mode), text);
}

std::string read_if_there(const sys::Path& path)
{
    const auto file = sys::find_file(path, O_RDONLY);
    return file ? sys::read_small_file(path) : std::string{};
}

void write_host_files(const Config& config, const ContainerPaths& paths,
                      const std::string& hostname)
{
    write_file(paths.hosts,
               hosts_file(config, config.network == NetworkMode::host ? read_if_there("/etc/hosts")
                                                                      : std::string{}));
    write_file(paths.hostname, hostname + "\n");
    write_file(paths.resolv_conf, resolv_conf_file(config, read_if_there("/etc/resolv.conf")));
}

User look_up_user(const Config& config, const sys::Root& root)
{
    const auto text = [&](std::string_view path) {
        return root.find_small_file(path, kUserFileLimit).value_or(std::string{});
    };
    return find_user(config.user, config.groups,
                     {.passwd = text("etc/passwd"), .group = text("etc/group")});
}

void make_working_folder(const Config& config, const sys::Root& root)
{
    if (config.working_dir.empty() || config.working_dir == "/") {
        return;
    }
    const auto status = root.find_status(config.working_dir);
    if (status && S_ISDIR(status->st_mode)) {
        return;
    }
    if (status) {
        throw Error{Errc::invalid_argument,
                    fmt::format("Cannot mkdir: {} is not a directory", config.working_dir)};
    }
    root.ensure_folder(config.working_dir);
}

/// A source that is not there is made, as a folder, as Docker does for -v.
std::string bind_source(const MountPoint& mount)
{
    if (!sys::find_status(mount.source)) {
        in_context([&] { return fmt::format("creating mount source path '{}'", mount.source); },
                   [&] { sys::ensure_folders(mount.source); });
    }
    return mount.source;
}

std::vector<ResolvedMount> resolve_mounts(const store::Layout& layout, const Config& config,
                                          const sys::Root& root)
{
    std::vector<ResolvedMount> resolved;
    for (const MountPoint& mount : config.mounts) {
        switch (mount.kind) {
        case MountKind::bind:
            resolved.push_back({mount, bind_source(mount)});
            break;
        case MountKind::volume:
            resolved.push_back({mount, ensure_volume(layout, mount, root).string()});
            break;
        case MountKind::tmpfs:
            resolved.push_back({mount, {}});
            break;
        }
    }
    return resolved;
}

std::string seccomp_profile(const Config& config)
{
    if (config.seccomp == kUnconfined || (config.privileged && config.seccomp.empty())) {
        return {};
    }
    return config.seccomp.empty() ? read_default_seccomp_profile(config.seccomp_file)
                                  : config.seccomp;
}

/// One folder a processor, where there are any at all: then they are everywhere.
std::vector<std::string> thermal_paths()
{
    const sys::Path processors = "/sys/devices/system/cpu";
    if (!sys::find_status(processors / "cpu0" / "thermal_throttle")) {
        return {};
    }
    std::vector<std::string> paths;
    for (const std::string& name :
         sys::sorted_names(sys::open_file(processors, O_RDONLY | O_DIRECTORY))) {
        const sys::Path path = processors / name / "thermal_throttle";
        if (name.starts_with("cpu") && sys::find_status(path)) {
            paths.push_back(path.string());
        }
    }
    return paths;
}

std::vector<DeviceNode> devices_of(const Config& config)
{
    std::vector<DeviceNode> nodes = config.privileged ? host_devices() : std::vector<DeviceNode>{};
    for (const DeviceMapping& mapping : config.devices) {
        for (DeviceNode& node : device_nodes(mapping)) {
            nodes.push_back(std::move(node));
        }
    }
    return nodes;
}

void remove_run_folders(const store::Layout& layout, std::string_view id)
{
    const ContainerPaths paths{layout, id};
    sys::remove_tree(paths.runtime_state);
    sys::remove_tree(paths.run_folder);
}

/// The layers, from the image's row or, when the image was removed by force, from its config.
std::vector<oci::DiffId> chain_of(store::Store& store, const oci::ImageId& image)
{
    if (auto found = store.images().find(image)) {
        return std::move(found->layers);
    }
    return oci::ImageConfig::parse(store.images().config(image)).diff_ids;
}

} // namespace

ContainerPaths::ContainerPaths(const store::Layout& layout, std::string_view id)
    : folder{layout.container(id)}
    , lock{folder / "lock"}
    , hosts{folder / "hosts"}
    , hostname{folder / "hostname"}
    , resolv_conf{folder / "resolv.conf"}
    , log{folder / fmt::format("{}-json.log", id)}
    , run_folder{layout.run_container(id)}
    , root{run_folder / "root"}
    , socket{run_folder / "shim.sock"}
    , console_socket{run_folder / "console.sock"}
    , runtime_states{layout.runtime_states()}
    , runtime_state{runtime_states / id}
    , runtime_log{run_folder / "runtime.log"}
    , pid_file{run_folder / "pid"}
{
}

store::RootfsRequest rootfs_request(store::Store& store, const Record& record)
{
    const ContainerPaths paths{store.layout(), record.id};
    return {
        .chain = chain_of(store, record.image), .container = paths.folder, .target = paths.root};
}

void prepare_bundle(store::Store& store, const Record& record, sys::WindowSize window)
{
    const Config& config = record.config;
    const ContainerPaths paths{store.layout(), record.id};
    sys::ensure_folders(paths.root, 0700);
    store.driver().mount(rootfs_request(store, record));

    // From here on the root is what the container will see, and hostile.
    const sys::Root root = sys::Root::open(paths.root);
    make_init_files(root);
    const User user = look_up_user(config, root);
    make_working_folder(config, root);
    const std::string hostname =
        config.uts == NamespaceMode::host ? sys::kernel().node : config.hostname;
    write_host_files(config, paths, hostname);

    const auto capabilities = capabilities_of(
        {.add = config.cap_add, .drop = config.cap_drop, .privileged = config.privileged},
        bounding_set());
    write_file(paths.run_folder / "config.json",
               write_spec({.config = config,
                           .id = record.id,
                           .root = paths.root.string(),
                           .hostname = hostname,
                           .user = user,
                           .window = window,
                           .capabilities = capabilities,
                           .seccomp_profile = seccomp_profile(config),
                           .mounts = resolve_mounts(store.layout(), config, root),
                           .hosts_file = paths.hosts.string(),
                           .hostname_file = paths.hostname.string(),
                           .resolv_conf_file = paths.resolv_conf.string(),
                           .cgroups = cgroup_version(),
                           .thermal_paths = thermal_paths(),
                           .devices = devices_of(config)}),
               0600);
}

void discard_bundle(store::Store& store, const Record& record)
{
    store.driver().unmount(rootfs_request(store, record));
    remove_run_folders(store.layout(), record.id);
}

void remove_folders(const store::Layout& layout, std::string_view id)
{
    remove_run_folders(layout, id);
    sys::remove_tree(layout.container(id));
}

} // namespace strata::container
