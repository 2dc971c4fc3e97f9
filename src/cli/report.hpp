// SPDX-License-Identifier: Apache-2.0
//
// What a failure looks like at the terminal. Written once, here.
#pragma once

#include "base/error.hpp"
#include "cli/exit_status.hpp"

#include <string_view>

namespace strata::cli {

class Output;

/// Prints `error`, by its kind:
/// - where scripts depend on Docker's text ("No such image: x:latest"), that text, as Docker frames
/// it;
/// - otherwise "error: …", a `while` line for each context, innermost first, and the hint.
void report(Output& err, const Error& error, FailureStyle style, std::string_view command);

/// What --debug adds: what kind of failure the program takes it for.
void report_details(Output& err, const Error& error);

/// For commands that go on with their other arguments: reports, and remembers that the command has
/// failed.
///
///     Failures failures{session.err()};
///     for (const std::string& name : options.images) {
///         failures.guard([&] { … });
///     }
///     return failures.status();
class Failures {
public:
    explicit Failures(Output& err) : err_{err} {}

    template <typename Body>
    void guard(Body&& body)
    {
        try {
            body();
        } catch (const Error& error) {
            caught(error);
        }
    }
    ExitStatus status() const noexcept { return failed_ ? ExitStatus::failure : ExitStatus::ok; }

private:
    void caught(const Error& error);
    Output& err_;
    bool failed_ = false;
};

} // namespace strata::cli
