// SPDX-License-Identifier: Apache-2.0
//
// Docker's JSON of a container. Members are Docker's, in its order, so that templates written for
// it work; what has no meaning here has the value that Docker gives to what was not asked for.
#include "base/json.hpp"
#include "base/time.hpp"
#include "container/bundle.hpp"
#include "container/cgroup.hpp"
#include "engine/containers.hpp"
#include "engine/engine.hpp"
#include "store/layer_driver.hpp"
#include "store/store.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace strata::engine {
namespace {

namespace bj = boost::json;

using container::Config;
using container::MountKind;
using container::MountPoint;
using container::NamespaceMode;
using container::NetworkMode;
using container::State;

template <typename Range>
bj::array array_of(const Range& items)
{
    bj::array array;
    for (const auto& item : items) {
        array.emplace_back(std::string_view{item});
    }
    return array;
}

/// Docker says null for lists that nobody gave.
template <typename Range>
bj::value list_or_null(const Range& items)
{
    return items.empty() ? bj::value(nullptr) : bj::value(array_of(items));
}

std::string time_text(std::int64_t ns)
{
    return format_rfc3339(ns == 0 ? kZeroTime : Timestamp{std::chrono::nanoseconds{ns}});
}

std::string_view network_name(const Config& config)
{
    return config.network == NetworkMode::host ? "host" : "none";
}

std::string_view mode_name(NamespaceMode mode)
{
    return mode == NamespaceMode::host ? "host" : "";
}

bj::object state_of(const Container& container)
{
    return {{"Status", name_of(container.state)},
            {"Running", container.state == State::running},
            {"Paused", false},
            {"Restarting", false},
            {"OOMKilled", false},
            {"Dead", false},
            {"Pid", container.process.pid},
            {"ExitCode", container.exit_code},
            {"Error", container.error},
            {"StartedAt", time_text(container.started_ns)},
            {"FinishedAt", time_text(container.finished_ns)}};
}

bj::value binds_of(const Config& config)
{
    std::vector<std::string> binds;
    for (const MountPoint& mount : config.mounts) {
        if (mount.kind != MountKind::tmpfs && !mount.anonymous) {
            binds.push_back(fmt::format("{}:{}{}{}", mount.source, mount.destination,
                                        mount.mode.empty() ? "" : ":", mount.mode));
        }
    }
    return list_or_null(binds);
}

bj::array devices_of(const Config& config)
{
    bj::array devices;
    for (const container::DeviceMapping& device : config.devices) {
        devices.push_back(bj::object{{"PathOnHost", device.host},
                                     {"PathInContainer", device.container},
                                     {"CgroupPermissions", device.permissions}});
    }
    return devices;
}

bj::array ulimits_of(const Config& config)
{
    bj::array ulimits;
    for (const container::ResourceLimit& limit : config.resources.ulimits) {
        ulimits.push_back(
            bj::object{{"Name", limit.name}, {"Hard", limit.hard}, {"Soft", limit.soft}});
    }
    return ulimits;
}

bj::value security_options_of(const Config& config)
{
    std::vector<std::string> options;
    if (!config.seccomp.empty()) {
        options.push_back("seccomp=" + config.seccomp);
    }
    if (config.no_new_privileges) {
        options.emplace_back("no-new-privileges");
    }
    return list_or_null(options);
}

bj::object host_config_of(const Config& config)
{
    const container::Resources& limits = config.resources;
    bj::object object{
        {"Binds", binds_of(config)},
        {"ContainerIDFile", ""},
        {"LogConfig",
         bj::object{{"Type", "json-file"},
                    {"Config", bj::object{{"max-file", fmt::to_string(config.log_files)},
                                          {"max-size", fmt::to_string(config.log_bytes)}}}}},
        {"NetworkMode", network_name(config)},
        {"PortBindings", bj::object{}},
        {"RestartPolicy", bj::object{{"Name", "no"}, {"MaximumRetryCount", 0}}},
        {"AutoRemove", config.remove_on_exit},
        {"VolumeDriver", ""},
        {"VolumesFrom", nullptr},
        {"ConsoleSize", bj::array{0, 0}},
        {"CapAdd", list_or_null(config.cap_add)},
        {"CapDrop", list_or_null(config.cap_drop)},
        {"CgroupnsMode",
         container::cgroup_version() == container::CgroupVersion::v2 ? "private" : "host"},
        {"Dns", array_of(config.dns)},
        {"DnsOptions", array_of(config.dns_options)},
        {"DnsSearch", array_of(config.dns_search)},
        {"ExtraHosts", list_or_null(config.extra_hosts)},
        {"GroupAdd", list_or_null(config.groups)},
        {"IpcMode", config.ipc == NamespaceMode::host ? "host" : "private"},
        {"Cgroup", ""},
        {"Links", nullptr},
        {"OomScoreAdj", limits.oom_score_adj},
        {"PidMode", mode_name(config.pid)},
        {"Privileged", config.privileged},
        {"PublishAllPorts", false},
        {"ReadonlyRootfs", config.read_only},
        {"SecurityOpt", security_options_of(config)}};
    bj::object tmpfs;
    for (const MountPoint& mount : config.mounts) {
        if (mount.kind == MountKind::tmpfs) {
            tmpfs.emplace(mount.destination, mount.tmpfs_options);
        }
    }
    if (!tmpfs.empty()) {
        object.emplace("Tmpfs", std::move(tmpfs));
    }
    object.emplace("UTSMode", mode_name(config.uts));
    object.emplace("UsernsMode", "");
    object.emplace("ShmSize", limits.shm_bytes);
    if (!config.sysctls.empty()) {
        bj::object sysctls;
        for (const auto& [key, value] : config.sysctls) {
            sysctls.emplace(key, value);
        }
        object.emplace("Sysctls", std::move(sysctls));
    }
    object.emplace("Runtime", config.runtime);
    object.emplace("Isolation", "");
    object.emplace("CpuShares", limits.cpu_shares.value_or(0));
    object.emplace("Memory", limits.memory.value_or(0));
    object.emplace("NanoCpus", limits.nano_cpus.value_or(0));
    object.emplace("CgroupParent", "");
    object.emplace("CpusetCpus", limits.cpuset_cpus);
    object.emplace("CpusetMems", limits.cpuset_mems);
    object.emplace("Devices", devices_of(config));
    object.emplace("DeviceCgroupRules", nullptr);
    object.emplace("DeviceRequests", nullptr);
    object.emplace("MemoryReservation", limits.memory_reservation.value_or(0));
    object.emplace("MemorySwap", limits.memory_swap.value_or(limits.memory.value_or(0) * 2));
    object.emplace("MemorySwappiness", nullptr);
    object.emplace("OomKillDisable", false);
    object.emplace("PidsLimit",
                   limits.pids_limit ? bj::value(*limits.pids_limit) : bj::value(nullptr));
    object.emplace("Ulimits", ulimits_of(config));
    return object;
}

bj::array mounts_of(const store::Layout& layout, const Config& config)
{
    bj::array mounts;
    for (const MountPoint& mount : config.mounts) {
        bj::object object;
        if (mount.kind == MountKind::volume) {
            object = {{"Type", "volume"},
                      {"Name", mount.source},
                      {"Source", layout.volume(mount.source).string()},
                      {"Destination", mount.destination},
                      {"Driver", "local"},
                      {"Mode", mount.mode},
                      {"RW", !mount.read_only},
                      {"Propagation", ""}};
        } else if (mount.kind == MountKind::bind) {
            object = {{"Type", "bind"},
                      {"Source", mount.source},
                      {"Destination", mount.destination},
                      {"Mode", mount.mode},
                      {"RW", !mount.read_only},
                      {"Propagation", mount.propagation.empty() ? "rprivate" : mount.propagation}};
        } else { // Docker shows those of --tmpfs in HostConfig only
            continue;
        }
        mounts.push_back(std::move(object));
    }
    return mounts;
}

bj::object config_of(const Container& container)
{
    const Config& config = container.config;
    bj::object volumes;
    for (const std::string& path : config.bare_volumes) {
        volumes.emplace(path, bj::object{});
    }
    bj::object labels;
    for (const auto& [key, value] : config.labels) {
        labels.emplace(key, value);
    }
    bj::object object{{"Hostname", config.hostname},
                      {"Domainname", config.domainname},
                      {"User", config.user},
                      {"AttachStdin", config.attached && config.open_stdin},
                      {"AttachStdout", config.attached},
                      {"AttachStderr", config.attached},
                      {"Tty", config.terminal},
                      {"OpenStdin", config.open_stdin},
                      {"StdinOnce", config.open_stdin && config.attached},
                      {"Env", array_of(config.env)},
                      {"Cmd", list_or_null(config.command)},
                      {"Image", container.image_name},
                      {"Volumes", volumes.empty() ? bj::value(nullptr) : bj::value(volumes)},
                      {"WorkingDir", config.working_dir},
                      {"Entrypoint", list_or_null(config.entrypoint)},
                      {"OnBuild", nullptr},
                      {"Labels", labels}};
    if (!config.stop_signal.empty()) {
        object.emplace("StopSignal", config.stop_signal);
    }
    return object;
}

bj::object network_settings_of(const Config& config)
{
    const bj::object endpoint{
        {"IPAMConfig", nullptr},   {"Links", nullptr},      {"Aliases", nullptr},
        {"MacAddress", ""},        {"DriverOpts", nullptr}, {"NetworkID", ""},
        {"EndpointID", ""},        {"Gateway", ""},         {"IPAddress", ""},
        {"IPPrefixLen", 0},        {"IPv6Gateway", ""},     {"GlobalIPv6Address", ""},
        {"GlobalIPv6PrefixLen", 0}};
    return {{"Bridge", ""},
            {"SandboxID", ""},
            {"SandboxKey", ""},
            {"Ports", bj::object{}},
            {"EndpointID", ""},
            {"Gateway", ""},
            {"GlobalIPv6Address", ""},
            {"GlobalIPv6PrefixLen", 0},
            {"IPAddress", ""},
            {"IPPrefixLen", 0},
            {"IPv6Gateway", ""},
            {"MacAddress", ""},
            {"Networks", bj::object{{network_name(config), endpoint}}}};
}

bj::object graph_driver_of(store::Store& store, const container::ContainerPaths& paths)
{
    bj::object data;
    if (const auto upper = store.driver().upper_folder(paths.folder)) {
        data.emplace("MergedDir", paths.root.string());
        data.emplace("UpperDir", upper->string());
    } else if (const auto root = store.driver().root_folder(paths.folder)) {
        data.emplace("MergedDir", root->string());
    }
    return {{"Data", std::move(data)}, {"Name", store.driver().name()}};
}

} // namespace

std::string inspect_container(Engine& engine, std::string_view name, WithSize size)
{
    store::Store& store = engine.store();
    const Container container = get_container(engine, name);
    const Config& config = container.config;
    const container::ContainerPaths paths{store.layout(), container.id};
    std::vector<std::string> arguments = config.arguments();
    const std::string program = arguments.front();
    arguments.erase(arguments.begin());

    bj::object object{{"Id", container.id},
                      {"Created", time_text(container.created_ns)},
                      {"Path", program},
                      {"Args", array_of(arguments)},
                      {"State", state_of(container)},
                      {"Image", container.image.str()},
                      {"ResolvConfPath", paths.resolv_conf.string()},
                      {"HostnamePath", paths.hostname.string()},
                      {"HostsPath", paths.hosts.string()},
                      {"LogPath", paths.log.string()},
                      {"Name", "/" + container.name},
                      {"RestartCount", 0},
                      {"Driver", store.driver().name()},
                      {"Platform", "linux"},
                      {"MountLabel", ""},
                      {"ProcessLabel", ""},
                      {"AppArmorProfile", ""},
                      {"ExecIDs", nullptr},
                      {"HostConfig", host_config_of(config)},
                      {"GraphDriver", graph_driver_of(store, paths)}};
    if (size == WithSize::yes) {
        const ContainerSize measured = container_size(engine, container);
        object.emplace("SizeRw", measured.written);
        object.emplace("SizeRootFs", measured.total);
    }
    object.emplace("Mounts", mounts_of(store.layout(), config));
    object.emplace("Config", config_of(container));
    object.emplace("NetworkSettings", network_settings_of(config));
    return json::print(object);
}

} // namespace strata::engine
