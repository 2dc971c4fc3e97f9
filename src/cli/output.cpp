// SPDX-License-Identifier: Apache-2.0
#include "cli/output.hpp"

#include "base/error.hpp"
#include "base/scope_exit.hpp"

#include <unistd.h>

#include <cerrno>

namespace strata::cli {
namespace {

std::string_view stream_name(int fd)
{
    return fd == STDOUT_FILENO ? "standard output" : "standard error";
}

} // namespace

Output::Output(int fd, Output* before) : fd_{fd}, before_{before}, is_terminal_{isatty(fd) == 1} {}

void Output::write(std::string_view text)
{
    buffer_ += text;
    wrote();
}

void Output::wrote()
{
    // Diagnostics have to be out before whatever comes next, which may be a crash.
    if (is_terminal_ || before_ != nullptr || buffer_.size() >= kBufferSize) {
        flush();
    }
}

void Output::flush()
{
    if (before_ != nullptr && !before_->is_broken()) {
        before_->flush();
    }
    // Moved out first: after a failure the rest is dropped, not tried again by the next flush.
    const std::string pending = std::exchange(buffer_, {});
    std::string_view left = pending;
    while (!left.empty()) {
        const ssize_t written = ::write(fd_, left.data(), left.size());
        if (written >= 0) {
            left.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EPIPE) {
            is_broken_ = true;
            throw Error{Errc::cancelled, fmt::format("nobody reads {} any more", stream_name(fd_))};
        } else if (errno != EINTR) {
            throw_errno("writing to {}", stream_name(fd_));
        }
    }
}

sys::Fd Output::duplicate_fd() const
{
    sys::Fd borrowed{fd_};
    const ScopeExit give_back{[&] { borrowed.release(); }};
    return borrowed.duplicate();
}

} // namespace strata::cli
