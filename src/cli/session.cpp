// SPDX-License-Identifier: Apache-2.0
#include "cli/session.hpp"

#include "base/scope_exit.hpp"
#include "base/settings.hpp"
#include "engine/engine.hpp"

#include <unistd.h>

namespace strata::cli {

Input::Input(int fd) : fd_{fd}, is_terminal_{isatty(fd) == 1} {}

Session::Session() : in_{STDIN_FILENO}, out_{STDOUT_FILENO}, err_{STDERR_FILENO, &out_} {}

Session::~Session() = default;

sys::Fd Input::duplicate_fd() const
{
    sys::Fd borrowed{fd_};
    const ScopeExit give_back{[&] { borrowed.release(); }};
    return borrowed.duplicate();
}

std::stop_token Session::stops_when_interrupted()
{
    if (!interruption_) {
        interruption_.emplace();
    }
    return interruption_->token();
}

int Session::interrupted_by() const noexcept
{
    return interruption_ ? interruption_->signal() : 0;
}

const Settings& Session::settings()
{
    if (!settings_) {
        Settings settings = Settings::load();
        const auto set = [&](std::string_view name, const std::optional<std::string>& text) {
            if (text) {
                settings.set(name, *text);
            }
        };
        set("root", globals_.root);
        set("run-root", globals_.run_root);
        set("storage-driver", globals_.storage_driver);
        settings_ = std::make_unique<Settings>(std::move(settings));
    }
    return *settings_;
}

engine::Engine& Session::engine()
{
    if (!engine_) {
        const Settings& chosen = settings();
        const std::string driver = chosen.get<"storage-driver">();
        engine_ = std::make_unique<engine::Engine>(
            engine::EngineOptions{
                .layout = {.root = chosen.get<"root">(), .run_root = chosen.get<"run-root">()},
                .driver = driver.empty() ? std::nullopt : std::optional{driver}},
            chosen);
    }
    return *engine_;
}

void Session::warn(std::string_view what)
{
    if (!globals_.silences_warnings) {
        err_.print("WARNING: {}\n", what);
    }
}

} // namespace strata::cli
