// SPDX-License-Identifier: Apache-2.0
//
// From what a user asked for and what the image says to what a container is.
#include "engine/containers_create.hpp"

#include "base/error.hpp"
#include "base/id.hpp"
#include "base/settings.hpp"
#include "base/strings.hpp"
#include "container/capabilities.hpp"
#include "container/devices.hpp"
#include "container/environment.hpp"
#include "container/seccomp.hpp"
#include "sys/file.hpp"
#include "sys/host.hpp"
#include "sys/signals.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace strata::engine {
namespace {

using container::Config;
using container::NamespaceMode;
using container::NetworkMode;

[[noreturn]] void refuse(std::string message)
{
    throw Error{Errc::invalid_argument, std::move(message)};
}

/// Docker's: a command of the user's own goes to the image's entrypoint; an entrypoint of the
/// user's own drops the image's command.
void merge_command(Config& config, const oci::ContainerConfig& image,
                   const CreateContainer& request)
{
    config.command = request.command;
    if (request.entrypoint) {
        if (!request.entrypoint->empty()) {
            config.entrypoint = {*request.entrypoint};
        }
        config.entrypoint_is_set = true;
    } else {
        config.entrypoint = image.entrypoint.value_or(std::vector<std::string>{});
        config.entrypoint_is_set = image.entrypoint.has_value();
        if (config.command.empty()) {
            config.command = image.cmd.value_or(std::vector<std::string>{});
        }
    }
    static_cast<void>(config.arguments()); // throws when there is nothing to run
}

NetworkMode parse_network(std::string_view text)
{
    if (text == "none") {
        return NetworkMode::none;
    }
    if (text == "host") {
        return NetworkMode::host;
    }
    if (text == "bridge" || text == "default" || text.starts_with("container:")) {
        throw Error{
            Errc::unsupported,
            fmt::format(
                "unsupported: network mode {}: containers have no networks of their own yet",
                go_quote(text)),
            "Use --network none, or --network host."};
    }
    throw Error{Errc::not_found, fmt::format("network {} not found", text),
                "There are two so far: --network none and --network host."};
}

NamespaceMode parse_namespace(std::string_view text, std::string_view option)
{
    if (text.empty() || text == "private") {
        return NamespaceMode::private_;
    }
    if (text == "host") {
        return NamespaceMode::host;
    }
    throw Error{
        Errc::unsupported,
        fmt::format("unsupported: --{} {}: a container has its own or the host's", option, text),
        fmt::format("Use --{} private, or --{} host.", option, option)};
}

void apply_security_option(Config& config, std::string_view option)
{
    if (option == "no-new-privileges") {
        config.no_new_privileges = true;
        return;
    }
    const auto at = option.find_first_of("=:");
    const std::string_view key = option.substr(0, at);
    const std::string_view value =
        at == std::string_view::npos ? std::string_view{} : option.substr(at + 1);
    if (key == "no-new-privileges" && (value == "true" || value == "false")) {
        config.no_new_privileges = value == "true";
    } else if (key == "seccomp" && value == "builtin") {
        config.seccomp.clear();
    } else if (key == "seccomp" && !value.empty()) {
        config.seccomp = value;
    } else if (key == "apparmor" || key == "label" || key == "systempaths") {
        throw Error{
            Errc::unsupported,
            fmt::format("unsupported: --security-opt {}: only seccomp and no-new-privileges so far",
                        option)};
    } else {
        refuse(fmt::format("invalid --security-opt: {}", go_quote(option)));
    }
}

std::vector<std::string> normalized(const std::vector<std::string>& names, std::string_view option)
{
    std::vector<std::string> result;
    result.reserve(names.size());
    for (const std::string& name : names) {
        result.push_back(container::normalize_capability(name, option));
    }
    return result;
}

std::string working_folder(std::string_view wanted)
{
    if (wanted.empty()) {
        return {};
    }
    if (!wanted.starts_with('/')) {
        refuse(fmt::format("the working directory '{}' is invalid, it needs to be an absolute path",
                           wanted));
    }
    return container::clean_path(wanted);
}

void merge_mounts(Config& config, const oci::ContainerConfig& image, const CreateContainer& request)
{
    std::vector<container::MountPoint> mounts;
    for (const std::string& text : request.volumes) {
        mounts.push_back(container::parse_volume(text));
        if (text.find(':') == std::string::npos) {
            config.bare_volumes.push_back(mounts.back().destination);
        }
    }
    for (const std::string& text : request.tmpfs) {
        mounts.push_back(container::parse_tmpfs(text));
    }
    config.mounts =
        container::arrange_mounts(std::move(mounts), {image.volumes.begin(), image.volumes.end()});
    for (container::MountPoint& mount : config.mounts) {
        if (mount.anonymous) {
            mount.source = random_id();
        }
    }
}

void check_extra_host(std::string_view text)
{
    const auto parts = split_once(text, ':');
    if (!parts || parts->first.empty() || parts->second.empty()) {
        refuse(fmt::format("bad format for add-host: {}", go_quote(text)));
    }
}

std::string stop_signal_or(const std::string& wanted, const std::string& image)
{
    if (wanted.empty()) {
        return image;
    }
    sys::parse_signal(wanted);
    return wanted;
}

void check_resources(const container::Resources& resources)
{
    constexpr std::int64_t least_memory = 6 << 20;
    if (resources.memory && *resources.memory > 0 && *resources.memory < least_memory) {
        refuse("Minimum memory limit allowed is 6MB");
    }
    if (resources.memory_swap && *resources.memory_swap > 0 && !resources.memory) {
        refuse("You should always set the Memory limit when using Memoryswap limit, see usage");
    }
    if (resources.memory && resources.memory_swap && *resources.memory_swap > 0 &&
        *resources.memory_swap < *resources.memory) {
        refuse("Minimum memoryswap limit should be larger than memory limit, see usage");
    }
    if (resources.nano_cpus &&
        (*resources.nano_cpus < 0 ||
         *resources.nano_cpus > std::int64_t{sys::cpu_count()} * 1'000'000'000)) {
        refuse(fmt::format(
            "range of CPUs is from 0.01 to {0}.00, as there are only {0} CPUs available",
            sys::cpu_count()));
    }
    if (resources.shm_bytes < 0) {
        refuse("SHM size can not be less than 0");
    }
}

} // namespace

Config merge_config(const oci::ContainerConfig& image, const CreateContainer& request,
                    std::string_view id, const Settings& settings)
{
    Config config;
    merge_command(config, image, request);
    config.env = container::merge_env(image.env, request.env);
    config.user = request.user.empty() ? image.user : request.user;
    config.working_dir =
        working_folder(request.working_dir.empty() ? image.working_dir : request.working_dir);
    config.stop_signal = stop_signal_or(request.stop_signal, image.stop_signal);
    config.groups = request.groups;
    config.terminal = request.terminal;
    config.open_stdin = request.open_stdin;
    config.attached = request.attached;

    config.network = parse_network(request.network);
    config.pid = parse_namespace(request.pid, "pid");
    config.ipc = parse_namespace(request.ipc == "shareable" ? "private" : request.ipc, "ipc");
    config.uts = parse_namespace(request.uts, "uts");
    const bool is_the_host =
        config.network == NetworkMode::host || config.uts == NamespaceMode::host;
    if (config.uts == NamespaceMode::host && !request.hostname.empty()) {
        refuse("conflicting options: hostname and the UTS mode");
    }
    config.hostname = !request.hostname.empty() ? request.hostname
                      : is_the_host             ? sys::kernel().node
                                                : std::string{short_id(id)};
    config.domainname = request.domainname;
    config.labels = {image.labels.begin(), image.labels.end()};
    for (const auto& [key, value] : request.labels) {
        config.labels[key] = value;
    }

    merge_mounts(config, image, request);
    for (const std::string& text : request.devices) {
        config.devices.push_back(container::parse_device(text));
    }
    std::ranges::for_each(request.extra_hosts, check_extra_host);
    config.extra_hosts = request.extra_hosts;
    config.dns = request.dns;
    config.dns_search = request.dns_search;
    config.dns_options = request.dns_options;

    config.read_only = request.read_only;
    config.privileged = request.privileged;
    config.cap_add = normalized(request.cap_add, "CapAdd");
    config.cap_drop = normalized(request.cap_drop, "CapDrop");
    for (const std::string& option : request.security_options) {
        apply_security_option(config, option);
    }
    config.seccomp_file = settings.get<"seccomp-profile">();
    config.sysctls = request.sysctls;
    check_resources(request.resources);
    config.resources = request.resources;

    config.remove_on_exit = request.remove_on_exit;
    config.runtime = request.runtime.empty() ? settings.get<"runtime">() : request.runtime;
    config.log_bytes = settings.get<"log-size">();
    config.log_files = static_cast<std::uint32_t>(settings.get<"log-files">());
    return config;
}

} // namespace strata::engine
