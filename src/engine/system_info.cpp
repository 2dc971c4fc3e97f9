// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "base/settings.hpp"
#include "base/strings.hpp"
#include "container/cgroup.hpp"
#include "container/runtime.hpp"
#include "engine/engine.hpp"
#include "engine/system.hpp"
#include "oci/digest.hpp"
#include "oci/platform.hpp"
#include "store/image_store.hpp"
#include "store/layer_driver.hpp"
#include "sys/host.hpp"
#include "sys/process.hpp"

#include <fmt/format.h>

#include <map>

namespace strata::engine {
namespace {

/// /etc/os-release, whose values are quoted as a shell would.
std::map<std::string, std::string, std::less<>> os_release()
{
    std::map<std::string, std::string, std::less<>> values;
    for (const char* const path : {"/etc/os-release", "/usr/lib/os-release"}) {
        if (!sys::find_status(path)) {
            continue;
        }
        for (const std::string& line : split(sys::read_small_file(path), '\n')) {
            if (const auto pair = split_once(line, '=')) {
                std::string_view value = trim(pair->second);
                const bool quoted = value.size() >= 2 && value.front() == value.back() &&
                                    (value.front() == '"' || value.front() == '\'');
                values.emplace(pair->first, quoted ? value.substr(1, value.size() - 2) : value);
            }
        }
        break;
    }
    return values;
}

std::string value_of(const std::map<std::string, std::string, std::less<>>& values,
                     std::string_view key)
{
    const auto found = values.find(key);
    return found == values.end() ? std::string{} : found->second;
}

/// The last word of the first line of `--version`: "crun version 1.8.1", "runc version 1.1.5".
std::string version_of(const sys::Path& program)
{
    try {
        const sys::Output output =
            sys::run_and_collect({.command = {program.string(), "--version"}}, 64 << 10);
        const std::vector<std::string> lines = split(output.out, '\n');
        const std::vector<std::string> words = split_words(lines.front());
        return output.status.success() && !words.empty() ? words.back() : "";
    } catch (const Error&) { // a program that cannot say is no reason to fail
        return {};
    }
}

void add_runtimes(SystemInfo& info, const Settings& settings)
{
    const auto find = [](std::string_view name) -> std::optional<container::Runtime> {
        try {
            return container::find_runtime(name);
        } catch (const Error&) { // not installed
            return std::nullopt;
        }
    };
    const auto add = [&](const container::Runtime& runtime) {
        const auto known = [&](const RuntimeInfo& each) { return each.path == runtime.program; };
        if (std::ranges::none_of(info.runtimes, known)) {
            info.runtimes.push_back(
                {runtime.name, runtime.program.string(), version_of(runtime.program)});
        }
    };
    if (const auto preferred = find(settings.get<"runtime">())) {
        info.default_runtime = preferred->name;
        add(*preferred);
    } else {
        info.warnings.emplace_back("No OCI runtime is installed: containers cannot run");
    }
    for (const std::string_view name : {"crun", "runc"}) {
        if (const auto runtime = find(name)) {
            add(*runtime);
        }
    }
}

/// Any UUID will do as long as it is always the same: Docker keeps a random one, we have a machine
/// and a path.
std::string identity(const store::Layout& layout)
{
    std::string machine;
    if (sys::find_status("/etc/machine-id")) {
        machine = trim(sys::read_small_file("/etc/machine-id", 4096));
    }
    const std::string text = fmt::format("{}:{}", machine, layout.root.string());
    const std::string hex = oci::Digest::of(std::as_bytes(std::span{text})).hex();
    return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                       hex.substr(16, 4), hex.substr(20, 12));
}

void add_host(SystemInfo& info)
{
    const sys::Kernel kernel = sys::kernel();
    const auto release = os_release();
    info.kernel = kernel.release;
    info.architecture = kernel.machine;
    info.name = kernel.node;
    info.operating_system = value_of(release, "PRETTY_NAME");
    info.os_version = value_of(release, "VERSION_ID");
    info.cpus = sys::cpu_count();
    info.memory = sys::memory_bytes();
    info.rootless = sys::in_user_namespace();
    info.cgroup_version = container::cgroup_version() == container::CgroupVersion::v2 ? "2" : "1";
}

void add_settings(SystemInfo& info, const Settings& settings)
{
    for (const SettingInfo& known : kSettings) {
        const SettingValue& value = settings.value(known.name);
        if (value.origin != Origin::preset) {
            info.settings.push_back({std::string{known.name}, value});
        }
    }
    info.seccomp_profile = settings.get<"seccomp-profile">();
    if (!sys::find_status(info.seccomp_profile)) {
        info.warnings.push_back(fmt::format("There is no seccomp profile at {}: containers will "
                                            "not run without --security-opt seccomp=unconfined",
                                            info.seccomp_profile));
        info.seccomp_profile.clear();
    }
}

} // namespace

SystemInfo system_info(Engine& engine)
{
    SystemInfo info;
    store::Store& store = engine.store();
    info.id = identity(engine.layout());
    info.root = engine.layout().root.string();
    info.run_root = engine.layout().run_root.string();
    for (const Container& container : list_containers(engine, {.all = AllContainers::yes})) {
        ++(container.state == container::State::running ? info.running : info.stopped);
    }
    info.images = store.images().list().size();
    info.driver = store.driver().name();
    info.driver_status = store.driver().status();
    add_host(info);
    add_settings(info, engine.settings());
    add_runtimes(info, engine.settings());
    return info;
}

} // namespace strata::engine
