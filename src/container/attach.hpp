// SPDX-License-Identifier: Apache-2.0
//
// The client's side of a shim's connection: our terminal or pipes on one end, a container on the
// other.
#pragma once

#include "sys/fd.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace strata::container {

/// Which of the caller's descriptors take part. Borrowed; their flags are left as they are, because
/// other processes have them too.
struct AttachStreams {
    int input = -1; // -1: the container gets none from here
    int output = 1;
    int errors = 2;
    /// `input` is a terminal, and the container has one: keys go through raw.
    bool raw = false;
    /// The terminal whose size the container's is to have and to follow; -1: none.
    int window = -1;
    /// Signals that we get go to the container's first process instead.
    bool forward_signals = true;
    /// Keys that, typed one after the other at the terminal, leave the container running.
    std::string detach_keys = "\x10\x11"; // ctrl-p ctrl-q
};

struct AttachOutcome {
    std::optional<int> exit_code{}; // nothing: the user left with the detach keys
    bool removed = false;
};

/// "ctrl-p,ctrl-q", "a,ctrl-\\". Throws Errc::invalid_argument.
std::string parse_detach_keys(std::string_view text);

enum class Until { exited, removed };

/// Passes everything to and fro until the container has ended (or is gone). `socket` is a shim's
/// connection that has been told `start` or `attach`. Throws what kept the container from starting;
/// Errc::unavailable when the shim dies; Errc::cancelled when nobody reads `output` any more.
AttachOutcome attach(sys::Fd socket, const AttachStreams& streams, Until until);

} // namespace strata::container
