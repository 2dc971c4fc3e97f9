// SPDX-License-Identifier: Apache-2.0
//
// The one exception type of the project. Modules throw it; edges catch it; nobody else does.
#pragma once

#include <fmt/format.h>

#include <cerrno>
#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace strata {

/// Why an operation failed, in terms the caller can act on.
///
/// A closed set. Each edge (CLI exit status, Engine API status, registry error body) translates it
/// with a `switch` that has no `default`, so a new value does not compile until every edge decides.
enum class Errc {
    invalid_argument, // can never succeed as written
    not_found,
    already_exists,
    conflict,     // well-formed, but wrong for the current state: "container is running"
    unauthorized, // we do not know who is asking
    denied,       // we know, and the answer is no
    unavailable,  // may succeed if retried: network, lock, overload
    exhausted,    // disk, memory, quota, configured limit
    corrupt,      // bytes do not match their digest or their format
    unsupported,
    cancelled,
    internal, // a bug in strata
};

/// Final on purpose: callers branch on code(), never on a class, and nothing can be sliced.
class Error final : public std::exception {
public:
    Error(Errc code, std::string message, std::string hint = {});

    Errc code() const noexcept { return code_; }

    /// What went wrong, without context: "no space left on device".
    const std::string& message() const noexcept { return message_; }

    /// What we were doing, innermost first: "writing usr/lib/libc.so.6", "applying layer 3 of 5".
    const std::vector<std::string>& context() const noexcept { return context_; }

    /// One imperative sentence for the user, or empty: "Free some space with 'strata system
    /// prune'."
    const std::string& hint() const noexcept { return hint_; }

    void add_context(std::string doing);
    void set_hint(std::string hint);

    /// Outermost context first, message last, joined with ": ". For logs; the CLI lays out its own.
    const char* what() const noexcept override { return what_.c_str(); }

private:
    void rebuild_what();

    Errc code_;
    std::string message_;
    std::vector<std::string> context_;
    std::string hint_;
    std::string what_;
};

/// Throws the Error that fits `error_number`: ENOENT is not_found, ENOSPC is exhausted, and so on.
[[noreturn]] void throw_system_error(int error_number, std::string action);

/// Throws an Error for the current `errno`, e.g. `throw_errno("open {}", path)`.
///
/// Takes the format string rather than a finished string because formatting allocates, and
/// allocating may clobber `errno` before we have read it.
template <typename... Args>
[[noreturn]] void throw_errno(fmt::format_string<Args...> action, Args&&... args)
{
    const int saved = errno;
    throw_system_error(saved, fmt::format(action, std::forward<Args>(args)...));
}

/// Runs `body`; an Error that leaves it gains the line `describe()`.
/// `describe` is only called on failure, so a happy path pays nothing for good messages.
template <typename Describe, typename Body>
decltype(auto) in_context(Describe&& describe, Body&& body)
{
    try {
        return std::forward<Body>(body)();
    } catch (Error& error) {
        error.add_context(describe());
        throw;
    }
}

} // namespace strata
