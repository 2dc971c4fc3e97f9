// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/engine.hpp"

#include <chrono>
#include <functional>

namespace strata::cli {

class Output;

/// One line on a terminal that says how far a long operation is, and vanishes in the end. Where
/// nobody is looking, nothing.
class ProgressLine {
public:
    enum class Shown { no, on_terminals };

    explicit ProgressLine(Output& err, Shown shown = Shown::on_terminals);
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;
    ~ProgressLine(); // leaves the line blank, for the error that comes next

    /// To be handed to the engine; may be called from any one thread at a time, as often as it
    /// likes. Empty when nothing is shown.
    std::function<void(const engine::Progress&)> reporter();

    void clear();

private:
    void show(const engine::Progress& progress);

    Output& err_;
    bool is_shown_;
    bool is_dirty_ = false;
    std::chrono::steady_clock::time_point next_{};
};

} // namespace strata::cli
