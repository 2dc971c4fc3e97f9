// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/fd.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace strata::cli {

/// Standard output or standard error: buffered, except on a terminal. Borrows the descriptor.
///
/// Whoever prints a result must learn when it did not arrive, so every failed write throws: a full
/// disk as Errc::exhausted; a reader that has gone as Errc::cancelled, with is_broken() set, which
/// ends the program quietly.
class Output {
public:
    /// `before` is flushed before anything is written here, so that the two keep their order.
    explicit Output(int fd, Output* before = nullptr);
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;
    ~Output() = default; // flush() first: a destructor has nobody to tell

    template <typename... Args>
    void print(fmt::format_string<Args...> format, Args&&... args)
    {
        fmt::format_to(std::back_inserter(buffer_), format, std::forward<Args>(args)...);
        wrote();
    }
    void write(std::string_view text);
    void flush();

    bool is_terminal() const noexcept { return is_terminal_; }
    bool is_broken() const noexcept { return is_broken_; }
    int fd() const noexcept { return fd_; }
    /// For bytes in bulk, past the buffer: flush() first.
    sys::Fd duplicate_fd() const;

private:
    static constexpr std::size_t kBufferSize = 64 << 10;
    void wrote();

    int fd_;
    Output* before_;
    bool is_terminal_;
    bool is_broken_ = false;
    std::string buffer_;
};

} // namespace strata::cli
