// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/fd.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace strata::sys {

bool is_terminal(const Fd& fd) noexcept;
bool is_terminal(int number) noexcept; // of one of our own 0, 1, 2

struct WindowSize {
    std::uint16_t rows = 0;
    std::uint16_t columns = 0;
    friend bool operator==(const WindowSize&, const WindowSize&) = default;
};
/// Nothing if it is no terminal. A terminal that was never told has 0 x 0.
std::optional<WindowSize> window_size(const Fd& terminal) noexcept;
std::optional<WindowSize> window_size(int number) noexcept;
void set_window_size(const Fd& terminal, WindowSize size);

/// Every byte goes through as it is typed: no echo, no line editing, no signals from keys. What was
/// set before comes back with the end of this object. Move-only.
class RawMode {
public:
    /// Borrows `terminal`, which must outlive it. Throws Errc::invalid_argument if it is none.
    explicit RawMode(int terminal);
    RawMode(RawMode&&) noexcept;
    RawMode& operator=(RawMode&&) noexcept;
    ~RawMode();

    void restore() noexcept; // early; again is fine

private:
    struct Saved;
    int terminal_ = -1;
    std::unique_ptr<Saved> saved_;
};

/// A pseudo terminal: what is written to one side is read from the other. Neither becomes anybody's
/// controlling terminal by this.
struct TerminalPair {
    Fd master;
    Fd slave;
};
TerminalPair open_terminal_pair();

} // namespace strata::sys
