// SPDX-License-Identifier: Apache-2.0
#include "cli/confirm.hpp"

#include "base/error.hpp"
#include "base/strings.hpp"
#include "cli/session.hpp"

#include <unistd.h>

namespace strata::cli {
namespace {

/// Byte by byte, so that nothing after the line is taken from whoever reads next.
std::string read_line(int fd)
{
    std::string line;
    char c = 0;
    while (line.size() < 4096 && ::read(fd, &c, 1) == 1 && c != '\n') {
        line += c;
    }
    return line;
}

} // namespace

bool confirmed(Session& session, std::string_view warning, Answers answers)
{
    if (answers == Answers::terminal && !session.in().is_terminal()) {
        throw Error{Errc::invalid_argument,
                    "cannot ask for confirmation: standard input is not a terminal",
                    "Use --force if you are sure."};
    }
    session.out().print("WARNING! {}\nAre you sure you want to continue? [y/N] ", warning);
    session.out().flush();
    const std::string answer = to_lower(trim(read_line(session.in().fd())));
    return answer == "y" || answer == "yes";
}

} // namespace strata::cli
