// SPDX-License-Identifier: Apache-2.0
#include "container/spec.hpp"

#include "base/error.hpp"
#include "container/environment.hpp"
#include "container/seccomp.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace strata::container {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 12> kMaskedPaths = {
    "/proc/asound",     "/proc/acpi",        "/proc/interrupts",
    "/proc/kcore",      "/proc/keys",        "/proc/latency_stats",
    "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
    "/proc/scsi",       "/sys/firmware",     "/sys/devices/virtual/powercap"};

constexpr std::array<std::string_view, 5> kReadOnlyPaths = {"/proc/bus", "/proc/fs", "/proc/irq",
                                                            "/proc/sys", "/proc/sysrq-trigger"};

// Character devices that every container may use; -1 is any minor number.
struct AllowedDevice {
    std::int64_t major, minor;
};
constexpr std::array<AllowedDevice, 6> kAllowedDevices = {{
    {1, 5}, // zero
    {1, 3}, // null
    {1, 9}, // urandom
    {1, 8}, // random
    {5, 0}, // tty
    {5, 1}, // console
}};

template <typename Range>
json::array array_of(const Range& items)
{
    json::array array;
    array.reserve(std::size(items));
    for (const auto& item : items) {
        array.emplace_back(std::string_view{item});
    }
    return array;
}

json::object mount_of(std::string_view destination, std::string_view type, std::string_view source,
                      const std::vector<std::string>& options)
{
    return {{"destination", destination},
            {"type", type},
            {"source", source},
            {"options", array_of(options)}};
}

bool is_inside(std::string_view path, std::string_view folder)
{
    return path == folder ||
           (path.starts_with(folder) && path.size() > folder.size() && path[folder.size()] == '/');
}

json::array system_mounts(const SpecInput& in)
{
    const Config& config = in.config;
    const std::string sys_access = config.privileged ? "rw" : "ro";
    std::vector<json::object> mounts = {
        mount_of("/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}),
        mount_of("/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}),
        mount_of("/dev/pts", "devpts", "devpts",
                 {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}),
        mount_of("/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", sys_access}),
        mount_of("/sys/fs/cgroup", "cgroup", "cgroup", {sys_access, "nosuid", "noexec", "nodev"}),
    };
    // Shows the queues of the IPC namespace: with the host's, those of the host, which need not
    // have them mounted anywhere itself.
    mounts.push_back(mount_of("/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}));
    if (config.ipc == NamespaceMode::host) {
        mounts.push_back(mount_of("/dev/shm", "bind", "/dev/shm", {"rbind", "rprivate"}));
    } else {
        mounts.push_back(
            mount_of("/dev/shm", "tmpfs", "shm",
                     {"nosuid", "noexec", "nodev", "mode=1777",
                      fmt::format("size={}k", (config.resources.shm_bytes + 1023) / 1024)}));
    }

    // What the user mounts somewhere takes the place of ours there, and of what would lie below it.
    json::array kept;
    for (json::object& mount : mounts) {
        const json::string& destination = mount.at("destination").as_string();
        const bool hidden = std::ranges::any_of(in.mounts, [&](const ResolvedMount& own) {
            return is_inside({destination.data(), destination.size()}, own.mount.destination);
        });
        if (!hidden) {
            kept.push_back(std::move(mount));
        }
    }
    return kept;
}

void add_file_mount(const SpecInput& in, json::array& mounts, std::string_view destination,
                    const std::string& source)
{
    const bool hidden = std::ranges::any_of(in.mounts, [&](const ResolvedMount& own) {
        return is_inside(destination, own.mount.destination);
    });
    if (!hidden) {
        std::vector<std::string> options{"rbind", "rprivate"};
        if (in.config.read_only) { // they look like files of the root
            options.emplace_back("ro");
        }
        mounts.push_back(mount_of(destination, "bind", source, options));
    }
}

std::vector<std::string> tmpfs_options(std::string_view written)
{
    std::vector<std::string> options{"noexec", "nosuid", "nodev"};
    while (!written.empty()) {
        const auto comma = written.find(',');
        std::string option{written.substr(0, comma)};
        written.remove_prefix(comma == std::string_view::npos ? written.size() : comma + 1);
        // "exec" takes back "noexec", and so on.
        std::erase(options, "no" + option);
        options.push_back(std::move(option));
    }
    return options;
}

json::object user_mount(const ResolvedMount& resolved)
{
    const MountPoint& mount = resolved.mount;
    if (mount.kind == MountKind::tmpfs) {
        return mount_of(mount.destination, "tmpfs", "tmpfs", tmpfs_options(mount.tmpfs_options));
    }
    std::vector<std::string> options{"rbind"};
    if (mount.read_only) {
        options.emplace_back("ro");
    }
    options.push_back(mount.propagation.empty() ? "rprivate" : mount.propagation);
    return mount_of(mount.destination, "bind", resolved.source, options);
}

json::array mounts_of(const SpecInput& in)
{
    json::array mounts = system_mounts(in);
    // Before the user's, so that a mount over /etc hides them as a mount over /etc should.
    add_file_mount(in, mounts, "/etc/resolv.conf", in.resolv_conf_file);
    add_file_mount(in, mounts, "/etc/hostname", in.hostname_file);
    add_file_mount(in, mounts, "/etc/hosts", in.hosts_file);
    for (const ResolvedMount& mount : in.mounts) {
        mounts.push_back(user_mount(mount));
    }
    return mounts;
}

json::object process_of(const SpecInput& in)
{
    const Config& config = in.config;
    json::array groups;
    for (const std::uint32_t gid : in.user.groups) {
        groups.emplace_back(gid);
    }
    json::array limits;
    for (const ResourceLimit& limit : config.resources.ulimits) {
        std::string type = "RLIMIT_";
        std::ranges::transform(limit.name, std::back_inserter(type), [](char c) {
            return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
        });
        limits.push_back(json::object{{"type", type},
                                      {"soft", static_cast<std::uint64_t>(limit.soft)},
                                      {"hard", static_cast<std::uint64_t>(limit.hard)}});
    }
    const json::array capabilities = array_of(in.capabilities);

    json::object process{
        {"terminal", config.terminal},
        {"user", {{"uid", in.user.uid}, {"gid", in.user.gid}, {"additionalGids", groups}}},
        {"args", array_of(config.arguments())},
        {"env", array_of(process_environment({.own = config.env,
                                              .hostname = in.hostname,
                                              .home = in.user.home,
                                              .terminal = config.terminal}))},
        {"cwd", config.working_dir.empty() ? "/" : config.working_dir},
        {"capabilities",
         {{"bounding", capabilities}, {"permitted", capabilities}, {"effective", capabilities}}},
        {"noNewPrivileges", config.no_new_privileges},
    };
    if (config.terminal && in.window != sys::WindowSize{}) {
        process["consoleSize"] =
            json::object{{"height", in.window.rows}, {"width", in.window.columns}};
    }
    if (!limits.empty()) {
        process["rlimits"] = std::move(limits);
    }
    if (config.resources.oom_score_adj != 0) {
        process["oomScoreAdj"] = config.resources.oom_score_adj;
    }
    return process;
}

json::array device_rules(const SpecInput& in)
{
    if (in.config.privileged) {
        return {json::object{{"allow", true}, {"access", "rwm"}}};
    }
    json::array rules{json::object{{"allow", false}, {"access", "rwm"}}};
    for (const AllowedDevice& device : kAllowedDevices) {
        rules.push_back(json::object{{"allow", true},
                                     {"type", "c"},
                                     {"major", device.major},
                                     {"minor", device.minor},
                                     {"access", "rwm"}});
    }
    for (const DeviceNode& device : in.devices) {
        rules.push_back(json::object{{"allow", true},
                                     {"type", std::string(1, device.type)},
                                     {"major", device.major},
                                     {"minor", device.minor},
                                     {"access", device.permissions}});
    }
    return rules;
}

json::object resources_of(const SpecInput& in)
{
    const Resources& wanted = in.config.resources;
    json::object resources{{"devices", device_rules(in)}};
    json::object memory;
    if (wanted.memory) {
        memory["limit"] = *wanted.memory;
        // As Docker: as much swap again, unless told otherwise.
        memory["swap"] = wanted.memory_swap.value_or(*wanted.memory * 2);
    }
    if (wanted.memory_reservation) {
        memory["reservation"] = *wanted.memory_reservation;
    }
    if (!memory.empty()) {
        resources["memory"] = std::move(memory);
    }
    json::object cpu;
    if (wanted.nano_cpus) {
        constexpr std::int64_t period = 100'000;
        cpu["period"] = period;
        cpu["quota"] = *wanted.nano_cpus * period / 1'000'000'000;
    }
    if (wanted.cpu_shares) {
        cpu["shares"] = *wanted.cpu_shares;
    }
    if (!wanted.cpuset_cpus.empty()) {
        cpu["cpus"] = wanted.cpuset_cpus;
    }
    if (!wanted.cpuset_mems.empty()) {
        cpu["mems"] = wanted.cpuset_mems;
    }
    if (!cpu.empty()) {
        resources["cpu"] = std::move(cpu);
    }
    if (wanted.pids_limit && *wanted.pids_limit > 0) {
        resources["pids"] = json::object{{"limit", *wanted.pids_limit}};
    }
    return resources;
}

json::array namespaces_of(const SpecInput& in)
{
    json::array namespaces{json::object{{"type", "mount"}}};
    const auto add = [&](bool wanted, std::string_view type) {
        if (wanted) {
            namespaces.push_back(json::object{{"type", type}});
        }
    };
    add(in.config.network != NetworkMode::host, "network");
    add(in.config.uts != NamespaceMode::host, "uts");
    add(in.config.pid != NamespaceMode::host, "pid");
    add(in.config.ipc != NamespaceMode::host, "ipc");
    add(in.cgroups == CgroupVersion::v2, "cgroup");
    return namespaces;
}

json::object linux_of(const SpecInput& in)
{
    json::object object{{"namespaces", namespaces_of(in)},
                        {"cgroupsPath", cgroup_path(in.id)},
                        {"resources", resources_of(in)}};
    json::array devices;
    for (const DeviceNode& device : in.devices) {
        devices.push_back(json::object{{"path", device.path},
                                       {"type", std::string(1, device.type)},
                                       {"major", device.major},
                                       {"minor", device.minor},
                                       {"fileMode", device.mode},
                                       {"uid", device.uid},
                                       {"gid", device.gid}});
    }
    if (!devices.empty()) {
        object["devices"] = std::move(devices);
    }
    json::object sysctls;
    if (!in.config.domainname.empty()) {
        sysctls.emplace("kernel.domainname", in.config.domainname);
    }
    for (const auto& [name, value] : in.config.sysctls) {
        sysctls.emplace(name, value);
    }
    if (!sysctls.empty()) {
        object["sysctl"] = std::move(sysctls);
    }
    if (!in.seccomp_profile.empty()) {
        if (auto profile = translate_seccomp(in.seccomp_profile, seccomp_facts(in.capabilities))) {
            object["seccomp"] = std::move(*profile);
        }
    }
    if (in.config.privileged) {
        return object;
    }
    json::array masked = array_of(kMaskedPaths);
    for (const std::string& path : in.thermal_paths) {
        masked.emplace_back(path);
    }
    object["maskedPaths"] = std::move(masked);
    object["readonlyPaths"] = array_of(kReadOnlyPaths);
    return object;
}

} // namespace

std::string cgroup_path(std::string_view id)
{
    return fmt::format("/strata/{}", id);
}

std::string write_spec(const SpecInput& in)
{
    json::object spec{{"ociVersion", "1.0.2"},
                      {"root", {{"path", in.root}, {"readonly", in.config.read_only}}},
                      {"process", process_of(in)},
                      {"mounts", mounts_of(in)},
                      {"linux", linux_of(in)}};
    if (in.config.uts != NamespaceMode::host) {
        spec["hostname"] = in.hostname;
    }
    return json::serialize(spec);
}

} // namespace strata::container
