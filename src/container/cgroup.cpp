// SPDX-License-Identifier: Apache-2.0
#include "container/cgroup.hpp"

#include "base/error.hpp"
#include "base/strings.hpp"
#include "sys/file.hpp"
#include "sys/folder_reader.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <thread>

namespace strata::container {
namespace {

using namespace std::chrono_literals;

const sys::Path kRoot = "/sys/fs/cgroup";

/// The container's folder in each tree that has one.
std::vector<sys::Path> folders_of(std::string_view id)
{
    const std::string inside = cgroup_path(id).substr(1);
    if (cgroup_version() == CgroupVersion::v2) {
        return {kRoot / inside};
    }
    std::vector<sys::Path> folders;
    const sys::Fd trees = sys::open_file(kRoot, O_RDONLY | O_DIRECTORY);
    for (const std::string& tree : sys::sorted_names(trees)) {
        if (const auto status = sys::find_status(kRoot / tree);
            status && S_ISDIR(status->st_mode)) {
            folders.push_back(kRoot / tree / inside); // links such as cpu,cpuacct lead to the same
        }
    }
    return folders;
}

bool remove_folder(const sys::Path& folder)
{
    if (::rmdir(folder.c_str()) == 0 || errno == ENOENT || errno == ENOTDIR) {
        return true;
    }
    if (errno == ENOTEMPTY) { // no cgroup: those can be removed as long as nothing is in them but
                              // their own files
        sys::remove_tree(folder);
        return true;
    }
    return false;
}

/// Version 1 has no kill file; who forks faster than we kill loses in the end, because each round
/// kills all it sees.
void kill_all(const sys::Path& folder)
{
    if (const auto kill_file = sys::find_file(folder / "cgroup.kill", O_WRONLY)) {
        sys::write_all(*kill_file, "1");
        return;
    }
    const auto list = sys::find_file(folder / "cgroup.procs", O_RDONLY);
    if (!list) {
        return;
    }
    for (const std::string& line : split(sys::read_small_file(folder / "cgroup.procs"), '\n')) {
        if (const auto pid = parse_integer<pid_t>(line); pid && *pid > 1) {
            ::kill(*pid, SIGKILL);
        }
    }
}

void write_file(const sys::Path& path, std::string_view text)
{
    sys::write_all(sys::open_file(path, O_WRONLY), text);
}

bool has_line(const sys::Path& path, std::string_view wanted)
{
    for (const std::string& line : split(sys::read_small_file(path), '\n')) {
        if (line == wanted) {
            return true;
        }
    }
    return false;
}

} // namespace

CgroupVersion cgroup_version()
{
    return sys::find_status(kRoot / "cgroup.controllers") ? CgroupVersion::v2 : CgroupVersion::v1;
}

bool remove_cgroups(std::string_view id)
{
    // An exited process leaves its cgroup a moment after its parent has been told.
    constexpr int rounds = 50;
    for (int round = 0; round < rounds; ++round) {
        bool all_gone = true;
        for (const sys::Path& folder : folders_of(id)) {
            if (!remove_folder(folder)) {
                kill_all(folder);
                all_gone = false;
            }
        }
        if (all_gone) {
            return true;
        }
        std::this_thread::sleep_for(1ms * (round + 1));
    }
    return false;
}

void freeze(std::string_view id, Freeze freeze)
{
    const bool on = freeze == Freeze::yes;
    const std::string inside = cgroup_path(id).substr(1);
    const bool v2 = cgroup_version() == CgroupVersion::v2;
    const sys::Path folder = v2 ? kRoot / inside : kRoot / "freezer" / inside;
    if (!sys::find_status(folder)) {
        throw Error{Errc::unsupported,
                    fmt::format("container {} has no cgroup that could be frozen", id)};
    }
    write_file(folder / (v2 ? "cgroup.freeze" : "freezer.state"),
               v2 ? (on ? "1" : "0") : (on ? "FROZEN" : "THAWED"));
    for (int round = 0; on && round < 1000;
         ++round) { // both report it when the last process has stopped
        if (v2 ? has_line(folder / "cgroup.events", "frozen 1")
               : has_line(folder / "freezer.state", "FROZEN")) {
            return;
        }
        std::this_thread::sleep_for(1ms);
    }
    if (on) {
        write_file(folder / (v2 ? "cgroup.freeze" : "freezer.state"), v2 ? "0" : "THAWED");
        throw Error{Errc::unavailable,
                    fmt::format("container {} did not come to a stop within a second", id)};
    }
}

} // namespace strata::container
