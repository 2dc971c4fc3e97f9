// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.hpp"
#include "sys/file.hpp"
#include "testing/temp_dir.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <spawn.h>
#include <string>
#include <vector>

namespace strata::testing {

struct ProgramResult {
    int status = 0;     // the exit status, or 128 + the signal
    std::string output; // standard output and standard error
};

/// Runs a program that is on the PATH to its end, without a shell: `run_program({"tar", "-xf",
/// path})`.
inline ProgramResult run_program(const std::vector<std::string>& arguments)
{
    const TempDir folder;
    const std::string output = (folder / "output").string();
    std::vector<char*> argv;
    for (const std::string& argument : arguments) {
        argv.push_back(const_cast<char*>(argument.c_str()));
    }
    argv.push_back(nullptr);

    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT, 0600);
    ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
    pid_t child = -1;
    const int failed = ::posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), ::environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) {
        throw_system_error(failed, "run " + arguments.front());
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
            sys::read_small_file(output)};
}

} // namespace strata::testing
