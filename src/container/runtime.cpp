// SPDX-License-Identifier: Apache-2.0
#include "container/runtime.hpp"

#include "base/strings.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace strata::container {
namespace {

constexpr std::array<std::string_view, 2> kPreferred = {"crun", "runc"};
// Root's PATH under cron or sudo may lack these, and runc lives in one of them.
constexpr std::string_view kSystemFolders =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

bool is_executable(const sys::Path& path)
{
    return ::access(path.c_str(), X_OK) == 0;
}

std::optional<sys::Path> find_program(std::string_view name)
{
    const char* const path = std::getenv("PATH");
    for (const std::string& folder :
         split(fmt::format("{}:{}", path != nullptr ? path : "", kSystemFolders), ':')) {
        const sys::Path candidate = sys::Path{folder} / name;
        if (candidate.is_absolute() && is_executable(candidate)) {
            return candidate;
        }
    }
    return std::nullopt;
}

/// The last complaint in a log of JSON lines; crun and runc both write {"level":"error","msg":"…"}.
std::string last_message(std::string_view log)
{
    std::string message;
    for (const std::string& line : split(log, '\n')) {
        boost::system::error_code failed;
        const boost::json::value parsed = boost::json::parse(line, failed);
        const auto* const object = failed ? nullptr : parsed.if_object();
        const auto* const text = object != nullptr ? object->if_contains("msg") : nullptr;
        if (text != nullptr && text->is_string()) {
            message = text->get_string().c_str();
        }
    }
    return message;
}

bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

/// crun says it otherwise than runc, which is what Docker's users know.
std::string in_runc_words(const std::string& message, std::string_view program)
{
    const std::string quoted = go_quote(program);
    if (message.starts_with("executable file `")) {
        return contains(program, "/")
                   ? fmt::format("exec: {}: stat {}: no such file or directory", quoted, program)
                   : fmt::format("exec: {}: executable file not found in $PATH", quoted);
    }
    if (message == "open executable: Permission denied") {
        return fmt::format("exec: {}: permission denied", quoted);
    }
    // What crun finds when the name leads to a folder. An empty name does too: the container's
    // working one.
    if (message == "open executable: Operation not permitted") {
        return program.empty() ? fmt::format("exec: {}: executable file not found in $PATH", quoted)
                               : fmt::format("exec: {}: is a directory", quoted);
    }
    if (message.starts_with("exec container process")) { // crun: the kernel refused the file
        return fmt::format(
            "exec {}",
            message.substr(message.find('`') == std::string::npos ? 23 : message.find('`')));
    }
    std::string lowered = message;
    for (const auto& [theirs, known] :
         {std::pair<std::string_view, std::string_view>{"No such file or directory",
                                                        "no such file or directory"},
          {"Permission denied", "permission denied"},
          {"Is a directory", "is a directory"}}) {
        if (const auto at = lowered.rfind(theirs); at != std::string::npos) {
            lowered.replace(at, theirs.size(), known);
        }
    }
    return lowered;
}

/// crun takes what stands before a colon for the kind of log.
std::string log_argument(const Runtime& runtime, const RuntimeCall& call)
{
    return (runtime.name == "crun" ? "file:" : "") + call.log.string();
}

} // namespace

Runtime find_runtime(std::string_view wanted)
{
    if (wanted.starts_with('/')) {
        const sys::Path program{wanted};
        if (is_executable(program)) {
            return {.name = program.filename(), .program = program};
        }
    } else if (!wanted.empty()) {
        if (auto program = find_program(wanted)) {
            return {.name = std::string{wanted}, .program = *std::move(program)};
        }
    } else {
        for (const std::string_view name : kPreferred) {
            if (auto program = find_program(name)) {
                return {.name = std::string{name}, .program = *std::move(program)};
            }
        }
        throw Error{Errc::unsupported, "no OCI runtime is installed: containers cannot run",
                    "Install the package crun or runc, or name another program with --runtime."};
    }
    throw Error{Errc::invalid_argument, fmt::format("unknown or invalid runtime name: {}", wanted)};
}

std::vector<std::string> run_arguments(const Runtime& runtime, const RuntimeCall& call)
{
    std::vector<std::string> arguments{runtime.program.string(),
                                       "--root",
                                       call.states.string(),
                                       "--log",
                                       log_argument(runtime, call),
                                       "--log-format",
                                       "json"};
    if (runtime.name == "crun") { // its default would be systemd's, where that runs
        arguments.emplace_back("--cgroup-manager=cgroupfs");
    }
    for (const std::string& argument :
         {std::string{"run"}, std::string{"--detach"}, std::string{"--bundle"},
          call.bundle.string(), std::string{"--pid-file"}, call.pid_file.string()}) {
        arguments.push_back(argument);
    }
    if (call.console_socket) {
        arguments.emplace_back("--console-socket");
        arguments.push_back(call.console_socket->string());
    }
    arguments.emplace_back(call.id);
    return arguments;
}

Error runtime_failure(const Runtime& runtime, std::string_view log, std::string_view printed,
                      std::string_view program)
{
    std::string message = last_message(log);
    if (message.empty()) {
        message = printed.empty() ? "it said nothing" : std::string{trim(printed)};
    }
    constexpr std::string_view runc_prefix = "runc run failed: ";
    if (message.starts_with(runc_prefix)) {
        message.erase(0, runc_prefix.size());
    } else {
        message =
            fmt::format("unable to start container process: {}", in_runc_words(message, program));
    }
    return Error{
        Errc::unavailable,
        fmt::format("failed to create task for container: failed to create shim task: OCI runtime "
                    "create failed: {} create failed: {}: unknown",
                    runtime.name, message)};
}

int exit_code_of(const Error& failure)
{
    const std::string& message = failure.message();
    if (contains(message, "executable file not found") ||
        contains(message, "no such file or directory")) {
        return 127;
    }
    return contains(message, "permission denied") || contains(message, "is a directory") ? 126
                                                                                         : 128;
}

} // namespace strata::container
