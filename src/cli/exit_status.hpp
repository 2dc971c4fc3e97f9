// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace strata {
class Error;
}

namespace strata::cli {

/// What the process ends with. A container's own status is one too: `ExitStatus{137}`.
enum class ExitStatus : int {
    ok = 0,
    failure = 1,
    template_error = 64, // `inspect --format` with a template that does not parse
    engine_error =
        125, // flags that do not parse; run and create: failed before the program started
    cannot_invoke = 126, // run: the program is there, but cannot be executed
    not_found = 127,     // run: there is no such program
    interrupted = 130,   // what a shell shows for a program that died of SIGINT
    broken_pipe = 141,   // and of SIGPIPE
};

/// How a command's failures are shown, and which status they end with.
enum class FailureStyle {
    plain,
    inspect, // 64 for what is wrong in itself: a template that does not parse
    run,     // run and create: 125, 126 or 127, and the line that says where to read more
};

/// The one place that translates an Error into a status.
ExitStatus status_for(const Error& error, FailureStyle style) noexcept;

} // namespace strata::cli
