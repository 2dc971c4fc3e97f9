// SPDX-License-Identifier: Apache-2.0
//
// The order of Docker's keys, with what is true here. The text is printed from the same document
// that
// --format sees.
#include "base/json.hpp"
#include "base/size.hpp"
#include "base/time.hpp"
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/documents.hpp"
#include "cli/session.hpp"
#include "cli/version.hpp"
#include "engine/system.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace strata::cli {
namespace {

namespace bj = boost::json;

enum class Debug { off, on };

struct InfoOptions {
    std::string format;
};

void declare(ArgParser& args, InfoOptions& options)
{
    args.option("--format", 'f', options.format, kDocumentFormatHelp);
}

std::string_view name_of(Origin origin)
{
    switch (origin) {
    case Origin::preset:
        return "default";
    case Origin::file:
        return "file";
    case Origin::environment:
        return "environment";
    case Origin::command_line:
        return "command line";
    }
    return "";
}

bj::array security_options(const engine::SystemInfo& info)
{
    bj::array options;
    if (!info.seccomp_profile.empty()) {
        options.emplace_back("name=seccomp,profile=" + info.seccomp_profile);
    }
    if (info.rootless) {
        options.emplace_back("name=rootless");
    }
    return options;
}

bj::object runtimes(const engine::SystemInfo& info)
{
    bj::object all;
    for (const engine::RuntimeInfo& runtime : info.runtimes) {
        all[runtime.name] = {{"path", runtime.path}, {"version", runtime.version}};
    }
    return all;
}

bj::array settings(const engine::SystemInfo& info)
{
    bj::array all;
    for (const engine::ChosenSetting& setting : info.settings) {
        all.push_back({{"Name", setting.name},
                       {"Value", setting.value.text},
                       {"Origin", name_of(setting.value.origin)},
                       {"Where", setting.value.where}});
    }
    return all;
}

bj::object document(const engine::SystemInfo& info, Debug debug)
{
    bj::array driver_status;
    for (const auto& [key, value] : info.driver_status) {
        driver_status.push_back({key, value});
    }
    return {
        {"ID", info.id},
        {"Containers", info.running + info.stopped},
        {"ContainersRunning", info.running},
        {"ContainersPaused", 0},
        {"ContainersStopped", info.stopped},
        {"Images", info.images},
        {"Driver", info.driver},
        {"DriverStatus", std::move(driver_status)},
        {"Plugins", {{"Volume", {"local"}}, {"Network", {"host", "none"}}, {"Log", {"json-file"}}}},
        {"SystemTime", format_rfc3339(now())},
        {"LoggingDriver", "json-file"},
        {"CgroupDriver", "cgroupfs"},
        {"CgroupVersion", info.cgroup_version},
        {"KernelVersion", info.kernel},
        {"OperatingSystem", info.operating_system},
        {"OSVersion", info.os_version},
        {"OSType", "linux"},
        {"Architecture", info.architecture},
        {"NCPU", info.cpus},
        {"MemTotal", info.memory},
        {"DockerRootDir", info.root},
        {"RunRoot", info.run_root},
        {"Name", info.name},
        {"Labels", bj::array{}},
        {"ExperimentalBuild", false},
        {"ServerVersion", version::number()},
        {"Runtimes", runtimes(info)},
        {"DefaultRuntime", info.default_runtime},
        {"Swarm", {{"LocalNodeState", "inactive"}}},
        {"LiveRestoreEnabled", true}, // a container needs none of our processes but its own shim
        {"SecurityOptions", security_options(info)},
        {"Settings", settings(info)},
        {"Warnings", bj::array(info.warnings.begin(), info.warnings.end())},
        {"ClientInfo",
         {{"Debug", debug == Debug::on},
          {"Version", version::number()},
          {"GitCommit", version::commit()},
          {"Os", "linux"},
          {"Arch", version::architecture()},
          {"Context", "default"}}},
    };
}

/// Lines of "key: value"; what is empty is left out, as Docker does.
class Lines {
public:
    explicit Lines(Output& out) : out_{out} {}

    void line(std::string_view indent, std::string_view key, std::string_view value)
    {
        if (!value.empty()) {
            out_.print("{}{}: {}\n", indent, key, value);
        }
    }
    void title(std::string_view indent, std::string_view key)
    {
        out_.print("{}{}:\n", indent, key);
    }

private:
    Output& out_;
};

std::string number(std::uint64_t value)
{
    return fmt::format("{}", value);
}

void print_security(Output& out, const engine::SystemInfo& info)
{
    out.write(" Security Options:\n");
    if (!info.seccomp_profile.empty()) {
        out.print("  seccomp\n   Profile: {}\n", info.seccomp_profile);
    }
    out.write(info.rootless ? "  rootless\n" : "");
}

void print_runtimes(Lines& lines, const engine::SystemInfo& info)
{
    std::string names;
    for (const engine::RuntimeInfo& runtime : info.runtimes) {
        names += names.empty() ? "" : " ";
        names += runtime.name;
    }
    lines.line(" ", "Runtimes", names);
    lines.line(" ", "Default Runtime", info.default_runtime);
    for (const engine::RuntimeInfo& runtime : info.runtimes) {
        lines.line(" ", runtime.name + " version", runtime.version);
    }
}

void print(Output& out, const engine::SystemInfo& info, Debug debug)
{
    Lines lines{out};
    lines.title("", "Client");
    lines.line(" ", "Version", version::number());
    lines.line(" ", "Context", "default");
    lines.line(" ", "Debug Mode", debug == Debug::on ? "true" : "false");
    out.write("\n");
    lines.title("", "Server");
    lines.line(" ", "Containers", number(info.running + info.stopped));
    lines.line("  ", "Running", number(info.running));
    lines.line("  ", "Paused", "0");
    lines.line("  ", "Stopped", number(info.stopped));
    lines.line(" ", "Images", number(info.images));
    lines.line(" ", "Server Version", version::number());
    lines.line(" ", "Storage Driver", info.driver);
    for (const auto& [key, value] : info.driver_status) {
        lines.line("  ", key, value);
    }
    lines.line(" ", "Logging Driver", "json-file");
    lines.line(" ", "Cgroup Driver", "cgroupfs");
    lines.line(" ", "Cgroup Version", info.cgroup_version);
    lines.title(" ", "Plugins");
    lines.line("  ", "Volume", "local");
    lines.line("  ", "Network", "host none");
    lines.line("  ", "Log", "json-file");
    lines.line(" ", "Swarm", "inactive");
    print_runtimes(lines, info);
    print_security(out, info);
    lines.line(" ", "Kernel Version", info.kernel);
    lines.line(" ", "Operating System", info.operating_system);
    lines.line(" ", "OSType", "linux");
    lines.line(" ", "Architecture", info.architecture);
    lines.line(" ", "CPUs", number(info.cpus));
    lines.line(" ", "Total Memory", binary_size(static_cast<double>(info.memory)));
    lines.line(" ", "Name", info.name);
    lines.line(" ", "ID", info.id);
    lines.line(" ", "Docker Root Dir", info.root);
    lines.line(" ", "Run Root Dir", info.run_root);
    lines.line(" ", "Debug Mode", debug == Debug::on ? "true" : "false");
    lines.line(" ", "Experimental", "false");
    lines.line(" ", "Live Restore Enabled", "true");
    if (!info.settings.empty()) {
        lines.title(" ", "Settings");
    }
    for (const engine::ChosenSetting& setting : info.settings) {
        out.print("  {}: {} ({})\n", setting.name, setting.value.text, setting.value.where);
    }
    out.write("\n");
}

ExitStatus run(Session& session, const InfoOptions& options)
{
    const engine::SystemInfo info = engine::system_info(session.engine());
    const Debug debug = session.globals().debug ? Debug::on : Debug::off;
    if (options.format.empty()) {
        print(session.out(), info, debug);
    } else {
        session.out().print(
            "{}\n", format_document(options.format, json::print(document(info, debug)), kUntyped));
    }
    for (const std::string& warning : info.warnings) {
        session.warn(warning);
    }
    return ExitStatus::ok;
}

} // namespace

constinit const Command info_command = command<InfoOptions, declare, run>({
    .names = {"system info", "info"},
    .group = Group::common,
    .summary = "Display system-wide information",
});

} // namespace strata::cli
