// SPDX-License-Identifier: Apache-2.0
//
// The one door: whatever a user can ask for is a function in this module, and takes the Engine
// first. Nothing here prints, parses a command line, or knows HTTP; the command line and the API
// server only call, and show the result.
#pragma once

#include "store/store.hpp"

#include <memory>
#include <optional>
#include <string>

namespace strata {
class Settings;
}

namespace strata::engine {

struct EngineOptions {
    store::Layout layout;
    std::optional<std::string> driver;
};

/// A data root in use. The store opens at first need, so that commands that do not touch it stay
/// instant. One thread at a time.
class Engine {
public:
    Engine(EngineOptions options, const Settings& settings);
    ~Engine();

    const store::Layout& layout() const noexcept { return options_.layout; }
    /// The storage driver that was asked for; none: the data root's own.
    const std::optional<std::string>& driver() const noexcept { return options_.driver; }
    const Settings& settings() const noexcept { return settings_; }
    store::Store& store();
    /// Until it is needed again.
    void close_store() noexcept { store_.reset(); }

private:
    EngineOptions options_;
    const Settings& settings_;
    std::unique_ptr<store::Store> store_;
};

/// What a long operation tells meanwhile: "layer 3 of 5", bytes done and, when known, to do.
struct Progress {
    std::string what;
    std::uint64_t done = 0;
    std::uint64_t total = 0; // 0: unknown
};

} // namespace strata::engine
