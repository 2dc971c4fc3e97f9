// SPDX-License-Identifier: Apache-2.0
#include "sys/terminal.hpp"

#include "base/error.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <termios.h>

namespace strata::sys {

bool is_terminal(const Fd& fd) noexcept
{
    return is_terminal(fd.get());
}

bool is_terminal(int number) noexcept
{
    return ::isatty(number) == 1;
}

std::optional<WindowSize> window_size(const Fd& terminal) noexcept
{
    return window_size(terminal.get());
}

std::optional<WindowSize> window_size(int number) noexcept
{
    ::winsize size{};
    if (::ioctl(number, TIOCGWINSZ, &size) != 0) {
        return std::nullopt;
    }
    return WindowSize{size.ws_row, size.ws_col};
}

void set_window_size(const Fd& terminal, WindowSize size)
{
    ::winsize wanted{};
    wanted.ws_row = size.rows;
    wanted.ws_col = size.columns;
    if (::ioctl(terminal.get(), TIOCSWINSZ, &wanted) != 0) {
        throw_errno("set a terminal's size");
    }
}

struct RawMode::Saved {
    ::termios settings{};
};

RawMode::RawMode(int terminal) : terminal_{terminal}, saved_{std::make_unique<Saved>()}
{
    if (::tcgetattr(terminal, &saved_->settings) != 0) {
        throw Error{Errc::invalid_argument, "the input device is not a TTY"};
    }
    ::termios raw = saved_->settings;
    ::cfmakeraw(&raw);
    if (::tcsetattr(terminal, TCSANOW, &raw) != 0) {
        throw_errno("make a terminal raw");
    }
}

RawMode::RawMode(RawMode&&) noexcept = default;

RawMode& RawMode::operator=(RawMode&& other) noexcept
{
    std::swap(terminal_, other.terminal_);
    std::swap(saved_, other.saved_);
    return *this;
}

RawMode::~RawMode()
{
    restore();
}

void RawMode::restore() noexcept
{
    if (saved_) {
        ::tcsetattr(terminal_, TCSANOW, &saved_->settings);
        saved_.reset();
    }
}

TerminalPair open_terminal_pair()
{
    Fd master{::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
    if (!master || ::unlockpt(master.get()) != 0) {
        throw_errno("open a pseudo terminal");
    }
    // TIOCGPTPEER asks the master itself, so it is right in another mount namespace as well.
    Fd slave{::ioctl(master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC)};
    if (!slave) {
        throw_errno("open the other side of a pseudo terminal");
    }
    return {std::move(master), std::move(slave)};
}

} // namespace strata::sys
