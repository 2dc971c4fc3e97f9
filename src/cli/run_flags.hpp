// SPDX-License-Identifier: Apache-2.0
//
// The flags of `run` (and later `create`): declared here, turned into what the engine takes.
#pragma once

#include "engine/containers.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace strata::cli {

class ArgParser;

/// As written on the command line.
struct RunFlags {
    engine::CreateContainer create{};
    std::vector<std::string> env{}, env_files{}, labels{}, label_files{}, ulimits{};
    std::optional<std::string> memory{}, memory_swap{}, memory_reservation{}, shm_size{}; // "64m"
    std::optional<double> cpus{};
    std::optional<std::int64_t> cpu_shares{}, pids_limit{};
    std::int64_t oom_score_adj = 0;
    std::string network = "none", pull = "missing";
    std::string entrypoint{}, platform{};
    bool entrypoint_given = false;
};

void declare_run_flags(ArgParser& args, RunFlags& flags);

/// Reads the files that flags name, and the caller's environment. Throws in Docker's words.
engine::CreateContainer create_request(const RunFlags& flags);

} // namespace strata::cli
