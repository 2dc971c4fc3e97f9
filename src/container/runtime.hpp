// SPDX-License-Identifier: Apache-2.0
//
// The OCI runtime: a program that makes namespaces and starts the container's first process in
// them.
#pragma once

#include "base/error.hpp"
#include "sys/file.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strata::container {

struct Runtime {
    std::string name;  // "crun"
    sys::Path program; // "/usr/bin/crun"
};

/// `wanted` is a program's name or an absolute path; empty: crun, or else runc, whichever is
/// installed (crun starts a container in half of runc's time). Throws Errc::invalid_argument for
/// one that is not there, Errc::unsupported when there is none.
Runtime find_runtime(std::string_view wanted);

/// What to run for `run --detach`: create and start in one process, which ends when the container's
/// own runs.
struct RuntimeCall {
    std::string_view id;
    sys::Path bundle;   // config.json
    sys::Path states;   // where the runtime keeps its own files, a folder for each container
    sys::Path log;      // where it says what went wrong
    sys::Path pid_file; // of the container's first process
    std::optional<sys::Path> console_socket{}; // where it sends the terminal
};
std::vector<std::string> run_arguments(const Runtime& runtime, const RuntimeCall& call);

/// What the runtime said, in Docker's words, from its log (JSON lines) or else what it printed.
/// `program` is the container's first argument. The text decides run's exit status, as in Docker:
/// 127 for "executable file not found" and "no such file or directory", 126 for "permission denied"
/// and "is a directory", 125 otherwise.
Error runtime_failure(const Runtime& runtime, std::string_view log, std::string_view printed,
                      std::string_view program);

/// What a container that could not be started is recorded with: 127, 126, or 128, by the error's
/// words.
int exit_code_of(const Error& failure);

} // namespace strata::container
