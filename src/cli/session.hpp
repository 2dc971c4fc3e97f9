// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/output.hpp"
#include "sys/fd.hpp"
#include "sys/interruption.hpp"

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace strata {
class Settings;
}
namespace strata::engine {
class Engine;
}

namespace strata::cli {

/// What stands before the command: `strata --root /srv/strata images`.
struct GlobalOptions {
    std::optional<std::string> root;
    std::optional<std::string> run_root;
    std::optional<std::string> storage_driver;
    bool debug = false;
    bool show_version = false;
    bool silences_warnings = false; // --log-level error or fatal
};

/// Standard input.
class Input {
public:
    explicit Input(int fd);
    bool is_terminal() const noexcept { return is_terminal_; }
    int fd() const noexcept { return fd_; }
    sys::Fd duplicate_fd() const; // for who takes one

private:
    int fd_;
    bool is_terminal_;
};

/// All that a command may touch: the three standard streams, the settings, the engine.
class Session {
public:
    Session();
    ~Session();

    Input& in() noexcept { return in_; }
    Output& out() noexcept { return out_; } // results
    Output& err() noexcept { return err_; } // everything that is for people; flushes out() first

    /// "WARNING: …" on standard error: something was survived.
    void warn(std::string_view what);

    GlobalOptions& globals() noexcept { return globals_; }

    /// For commands that leave something to be tidied up when they are interrupted: SIGINT, SIGTERM
    /// and SIGHUP no longer end the process, but request this token's stop. A second one ends it.
    /// Before anything starts a thread.
    std::stop_token stops_when_interrupted();
    /// The signal that did; 0: none.
    int interrupted_by() const noexcept;

    /// What the files, the environment and the global flags say; read at the first call.
    const Settings& settings();
    /// The data root that they name. Its store opens when it is needed.
    engine::Engine& engine();

private:
    GlobalOptions globals_;
    std::optional<sys::Interruption> interruption_;
    std::unique_ptr<Settings> settings_;
    std::unique_ptr<engine::Engine> engine_;
    Input in_;
    Output out_;
    Output err_;
};

} // namespace strata::cli
