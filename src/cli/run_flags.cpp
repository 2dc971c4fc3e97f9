// SPDX-License-Identifier: Apache-2.0
#include "cli/run_flags.hpp"

#include "base/error.hpp"
#include "base/size.hpp"
#include "base/strings.hpp"
#include "cli/args.hpp"
#include "container/environment.hpp"
#include "sys/file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace strata::cli {
namespace {

/// What Docker's run has and ours has not (yet): a flag that is refused with a reason is better
/// than one that is unknown.
struct RefusedFlag {
    std::string_view name;
    char letter;
    std::string_view type; // empty: a switch
    std::string_view why;
};

constexpr std::string_view kNoNetworks =
    "containers have no networks of their own yet; --network host shares the machine's";
constexpr std::string_view kNoHealth = "health checks are not run yet";
constexpr std::string_view kNoBlkio = "limits of block devices are not set yet";
constexpr RefusedFlag kRefused[] = {
    {"--attach", 'a', "list",
     "run is attached to all of a container's streams; redirect those that you do not want"},
    {"--blkio-weight", 0, "uint16", kNoBlkio},
    {"--cgroup-parent", 0, "string", "containers are in the cgroup /strata"},
    {"--cgroupns", 0, "string", "a container has its own with cgroups v2, and the host's with v1"},
    {"--device-cgroup-rule", 0, "list", "name the device with --device"},
    {"--device-read-bps", 0, "list", kNoBlkio},
    {"--device-write-bps", 0, "list", kNoBlkio},
    {"--expose", 0, "list", kNoNetworks},
    {"--gpus", 0, "gpu-request", "name the devices with --device"},
    {"--health-cmd", 0, "string", kNoHealth},
    {"--init", 0, "", "there is no init program yet; use an image that has one, such as tini"},
    {"--ip", 0, "string", kNoNetworks},
    {"--link", 0, "list", kNoNetworks},
    {"--log-driver", 0, "string", "logs are kept as json-file"},
    {"--log-opt", 0, "list", "the settings log-size and log-files bound logs"},
    {"--mac-address", 0, "string", kNoNetworks},
    {"--mount", 0, "mount", "use -v or --tmpfs"},
    {"--network-alias", 0, "list", kNoNetworks},
    {"--publish", 'p', "list", kNoNetworks},
    {"--publish-all", 'P', "", kNoNetworks},
    {"--restart", 0, "string", "containers are not restarted yet"},
    {"--storage-opt", 0, "list", "a container may fill the disk that its data root is on"},
    {"--userns", 0, "string", "containers share the machine's user ids"},
    {"--volume-driver", 0, "string", "volumes are folders of the data root"},
    {"--volumes-from", 0, "list", "name each volume with -v"},
};

void declare_refused(ArgParser& args)
{
    for (const RefusedFlag& flag : kRefused) {
        const auto refuse = [&flag](std::string_view) {
            throw Error{Errc::unsupported, fmt::format("unsupported: {}: {}", flag.name, flag.why)};
        };
        if (flag.type.empty()) {
            static bool never = false;
            args.flag(flag.name, flag.letter, never, flag.why).hide().set = refuse;
        } else {
            args.option_with(flag.name, flag.letter, flag.type, refuse, flag.why).hide();
        }
    }
}

std::optional<std::string> callers_variable(std::string_view name)
{
    const char* const value = std::getenv(std::string{name}.c_str());
    return value != nullptr ? std::optional<std::string>{value} : std::nullopt;
}

std::string read_named_file(const std::string& path)
{
    try {
        return sys::read_small_file(path);
    } catch (const Error& error) {
        if (error.code() == Errc::not_found) {
            throw Error{Errc::not_found, fmt::format("open {}: no such file or directory", path)};
        }
        throw;
    }
}

std::vector<std::string> environment_of(const RunFlags& flags)
{
    std::vector<std::string> variables;
    for (const std::string& file : flags.env_files) {
        for (std::string& variable :
             container::parse_env_file(read_named_file(file), callers_variable)) {
            variables.push_back(std::move(variable));
        }
    }
    variables.insert(variables.end(), flags.env.begin(), flags.env.end());
    return variables;
}

void add_label(std::map<std::string, std::string>& labels, std::string_view text)
{
    const auto parts = split_once(text, '=');
    const std::string key{parts ? parts->first : text};
    if (key.empty()) {
        throw Error{Errc::invalid_argument, fmt::format("invalid label '{}': empty name", text)};
    }
    labels[key] = parts ? std::string{parts->second} : std::string{};
}

std::map<std::string, std::string> labels_of(const RunFlags& flags)
{
    std::map<std::string, std::string> labels;
    for (const std::string& file : flags.label_files) {
        for (const std::string& line : split(read_named_file(file), '\n')) {
            if (const std::string_view text = trim(line); !text.empty() && text.front() != '#') {
                add_label(labels, text);
            }
        }
    }
    for (const std::string& label : flags.labels) {
        add_label(labels, label);
    }
    return labels;
}

container::ResourceLimit parse_ulimit(std::string_view text)
{
    constexpr std::array<std::string_view, 15> names = {
        "core",   "cpu",   "data", "fsize",  "locks",  "memlock",    "msgqueue", "nice",
        "nofile", "nproc", "rss",  "rtprio", "rttime", "sigpending", "stack"};
    const auto parts = split_once(text, '=');
    if (!parts || parts->second.empty()) {
        throw Error{Errc::invalid_argument, fmt::format("invalid ulimit argument: {}", text)};
    }
    if (std::ranges::find(names, parts->first) == names.end()) {
        throw Error{Errc::invalid_argument, fmt::format("invalid ulimit type: {}", parts->first)};
    }
    const auto values = split(parts->second, ':');
    const auto soft = parse_integer<std::int64_t>(values.front());
    const auto hard = parse_integer<std::int64_t>(values.back());
    if (values.size() > 2 || !soft || !hard) {
        throw Error{Errc::invalid_argument, fmt::format("invalid ulimit argument: {}", text)};
    }
    if (*hard >= 0 && (*soft > *hard || *soft < 0)) {
        throw Error{
            Errc::invalid_argument,
            fmt::format("ulimit soft limit must be less than or equal to hard limit: {} > {}",
                        *soft, *hard)};
    }
    return {.name = std::string{parts->first}, .soft = *soft, .hard = *hard};
}

/// Those that a container has for itself.
std::pair<std::string, std::string> parse_sysctl(std::string_view text)
{
    constexpr std::array<std::string_view, 8> names = {
        "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem",
        "kernel.shmall", "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced"};
    const auto parts = split_once(text, '=');
    const bool is_known =
        parts && (parts->first.starts_with("net.") || parts->first.starts_with("fs.mqueue.") ||
                  std::ranges::find(names, parts->first) != names.end());
    if (!is_known) {
        throw Error{Errc::invalid_argument, fmt::format("sysctl '{}' is not allowed", text)};
    }
    return {std::string{parts->first}, std::string{parts->second}};
}

/// "64m" in bytes; nothing for what was not given, and for 0, which means no bound.
std::optional<std::int64_t> bytes_of(const std::optional<std::string>& text)
{
    const std::uint64_t bytes = text ? parse_size(*text) : 0;
    return bytes > 0 ? std::optional{static_cast<std::int64_t>(bytes)} : std::nullopt;
}

std::int32_t oom_score_of(std::int64_t score)
{
    if (score < -1000 || score > 1000) {
        throw Error{
            Errc::invalid_argument,
            fmt::format("Invalid value {}, range for oom score adj is [-1000, 1000]", score)};
    }
    return static_cast<std::int32_t>(score);
}

container::Resources resources_of(const RunFlags& flags)
{
    container::Resources resources = flags.create.resources;
    resources.memory = bytes_of(flags.memory);
    resources.memory_reservation = bytes_of(flags.memory_reservation);
    if (flags.memory_swap) {
        resources.memory_swap = *flags.memory_swap == "-1"
                                    ? -1
                                    : static_cast<std::int64_t>(parse_size(*flags.memory_swap));
    }
    if (flags.cpus && *flags.cpus != 0) {
        resources.nano_cpus = static_cast<std::int64_t>(std::llround(*flags.cpus * 1e9));
    }
    if (flags.cpu_shares && *flags.cpu_shares != 0) {
        resources.cpu_shares = flags.cpu_shares;
    }
    resources.pids_limit = flags.pids_limit;
    if (const auto bytes = bytes_of(flags.shm_size)) {
        resources.shm_bytes = *bytes;
    }
    resources.oom_score_adj = oom_score_of(flags.oom_score_adj);
    for (const std::string& text : flags.ulimits) {
        resources.ulimits.push_back(parse_ulimit(text));
    }
    return resources;
}

/// `-v ./data:/data` is relative to where the user stands, which the engine does not know.
std::string resolve_volume(const std::string& text)
{
    if (!text.starts_with('.')) {
        return text;
    }
    const auto parts = split_once(text, ':');
    if (!parts) {
        return text;
    }
    const sys::Path source =
        sys::Path{std::filesystem::current_path() / parts->first}.lexically_normal();
    return fmt::format("{}:{}", source.string(), parts->second);
}

/// A seccomp profile is read here: its path, too, is the user's.
std::string resolve_security_option(const std::string& text)
{
    constexpr std::string_view key = "seccomp";
    if (!text.starts_with(key) || text.size() < key.size() + 2 ||
        (text[key.size()] != '=' && text[key.size()] != ':')) {
        return text;
    }
    const std::string value = text.substr(key.size() + 1);
    if (value == "unconfined" || value == "builtin") {
        return text;
    }
    try {
        return fmt::format("seccomp={}", sys::read_small_file(value));
    } catch (const Error& error) {
        throw Error{error.code(),
                    fmt::format("opening seccomp profile ({}) failed: {}", value, error.message())};
    }
}

void check_pull(const std::string& policy)
{
    if (policy == "always") {
        throw Error{Errc::unsupported, "unsupported: --pull always: there are no registries yet",
                    "Bring the image in with 'strata load' or 'strata import'."};
    }
    if (policy != "missing" && policy != "never" && !policy.empty()) {
        throw Error{
            Errc::invalid_argument,
            fmt::format(
                "invalid pull option: '{}': must be one of \"always\", \"missing\" or \"never\"",
                policy)};
    }
}

} // namespace

void declare_run_flags(ArgParser& args, RunFlags& flags)
{
    engine::CreateContainer& create = flags.create;
    args.option("--add-host", create.extra_hosts, "Add a custom host-to-IP mapping (host:ip)");
    args.option("--cap-add", create.cap_add, "Add Linux capabilities");
    args.option("--cap-drop", create.cap_drop, "Drop Linux capabilities");
    args.option("--cpu-shares", 'c', flags.cpu_shares, "CPU shares (relative weight)");
    args.option("--cpus", flags.cpus, "Number of CPUs");
    args.option("--cpuset-cpus", create.resources.cpuset_cpus,
                "CPUs in which to allow execution (0-3, 0,1)");
    args.option("--cpuset-mems", create.resources.cpuset_mems,
                "MEMs in which to allow execution (0-3, 0,1)");
    args.option("--device", create.devices, "Add a host device to the container");
    args.option("--dns", create.dns, "Set custom DNS servers");
    args.option("--dns-option", create.dns_options, "Set DNS options");
    args.option("--dns-search", create.dns_search, "Set custom DNS search domains");
    args.option("--domainname", create.domainname, "Container NIS domain name");
    args.option_with(
        "--entrypoint", 0, "string",
        [&flags](std::string_view text) {
            flags.entrypoint = text;
            flags.entrypoint_given = true;
        },
        "Overwrite the default ENTRYPOINT of the image");
    args.option_with(
        "--env", 'e', "list",
        [&flags](std::string_view text) {
            flags.env.push_back(container::parse_env_option(text, callers_variable));
        },
        "Set environment variables");
    args.option("--env-file", flags.env_files, "Read in a file of environment variables")
        .complete(Complete::files);
    args.option("--group-add", create.groups, "Add additional groups to join");
    args.option("--hostname", 'h', create.hostname, "Container host name");
    args.flag("--interactive", 'i', create.open_stdin, "Keep STDIN open even if not attached");
    args.option("--ipc", create.ipc, "IPC mode to use (private|host)");
    args.option("--label", 'l', flags.labels, "Set meta data on a container");
    args.option("--label-file", flags.label_files, "Read in a line delimited file of labels")
        .complete(Complete::files);
    args.option("--memory", 'm', flags.memory, "Memory limit").typed("bytes");
    args.option("--memory-reservation", flags.memory_reservation, "Memory soft limit")
        .typed("bytes");
    args.option("--memory-swap", flags.memory_swap,
                "Swap limit equal to memory plus swap: '-1' to enable unlimited swap")
        .typed("bytes");
    args.option("--name", create.name, "Assign a name to the container");
    args.option("--network", flags.network, "Connect a container to a network (none|host)")
        .typed("network");
    args.option("--net", flags.network, "Same as --network").typed("network").hide();
    args.option("--oom-score-adj", flags.oom_score_adj,
                "Tune host's OOM preferences (-1000 to 1000)");
    args.option("--pid", create.pid, "PID namespace to use (host)");
    args.option("--pids-limit", flags.pids_limit,
                "Tune container pids limit (set -1 for unlimited)");
    args.option("--platform", flags.platform, "Refuse an image that is not for this platform");
    args.flag("--privileged", create.privileged, "Give extended privileges to this container");
    args.option("--pull", flags.pull, "Pull image before running (missing|never)");
    args.flag("--read-only", create.read_only,
              "Mount the container's root filesystem as read only");
    args.flag(
        "--rm", create.remove_on_exit,
        "Automatically remove the container and its associated anonymous volumes when it exits");
    args.option("--runtime", create.runtime, "Runtime to use for this container");
    args.option("--security-opt", create.security_options,
                "Security Options (seccomp=FILE|unconfined, no-new-privileges)");
    args.option("--shm-size", flags.shm_size, "Size of /dev/shm").typed("bytes");
    args.option("--stop-signal", create.stop_signal, "Signal to stop the container");
    args.option_with(
        "--sysctl", 0, "map",
        [&create](std::string_view text) {
            auto [name, value] = parse_sysctl(text);
            create.sysctls.insert_or_assign(std::move(name), std::move(value));
        },
        "Sysctl options");
    args.option("--tmpfs", create.tmpfs, "Mount a tmpfs directory");
    args.flag("--tty", 't', create.terminal, "Allocate a pseudo-TTY");
    args.option("--ulimit", flags.ulimits, "Ulimit options").typed("ulimit");
    args.option("--user", 'u', create.user, "Username or UID (format: <name|uid>[:<group|gid>])");
    args.option("--uts", create.uts, "UTS namespace to use (host)");
    args.option("--volume", 'v', create.volumes, "Bind mount a volume");
    args.option("--workdir", 'w', create.working_dir, "Working directory inside the container");
    declare_refused(args);
}

engine::CreateContainer create_request(const RunFlags& flags)
{
    check_pull(flags.pull);
    engine::CreateContainer request = flags.create;
    request.network = flags.network;
    if (!flags.platform.empty()) {
        request.platform = flags.platform;
    }
    if (flags.entrypoint_given) {
        request.entrypoint = flags.entrypoint;
    }
    request.env = environment_of(flags);
    request.labels = labels_of(flags);
    std::ranges::transform(request.volumes, request.volumes.begin(), resolve_volume);
    std::ranges::transform(request.security_options, request.security_options.begin(),
                           resolve_security_option);
    request.resources = resources_of(flags);
    return request;
}

} // namespace strata::cli
