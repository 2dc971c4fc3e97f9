// SPDX-License-Identifier: Apache-2.0
#include "cli/output.hpp"
#include "cli/report.hpp"

#include <gmock/gmock.h>

#include <unistd.h>

#include <array>

namespace strata::cli {
namespace {

std::string reported(const Error& error, FailureStyle style = FailureStyle::plain)
{
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe(ends.data()), 0);
    Output out{ends[1]};
    report(out, error, style, "run");
    out.flush();
    close(ends[1]);
    std::string text(4096, '\0');
    const ssize_t size = read(ends[0], text.data(), text.size());
    close(ends[0]);
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    return text;
}

TEST(Report, tells_what_is_wrong_what_was_being_done_and_what_to_do)
{
    Error error{Errc::corrupt, "layer does not match its digest", "Load it again."};
    error.add_context("reading layer 3 of 5");
    error.add_context("loading web.tar");

    EXPECT_EQ(reported(error), "error: layer does not match its digest\n"
                               "  while     reading layer 3 of 5\n"
                               "  while     loading web.tar\n"
                               "Load it again.\n");
}

TEST(Report, what_scripts_look_for_is_framed_as_docker_frames_it)
{
    EXPECT_EQ(reported(Error{Errc::not_found, "No such image: x:latest"}),
              "Error response from daemon: No such image: x:latest\n");
    EXPECT_EQ(reported(Error{Errc::not_found, "No such object: x"}), "Error: No such object: x\n");
    EXPECT_EQ(reported(Error{Errc::invalid_argument,
                             "template parsing error: template: :1: unclosed action"}),
              "template parsing error: template: :1: unclosed action\n");
    EXPECT_EQ(reported(Error{Errc::not_found, "No such image: x:latest"}, FailureStyle::run),
              "strata: Error response from daemon: No such image: x:latest\n\nRun 'strata run "
              "--help' for more information\n");
}

TEST(Report, strangers_names_do_not_reach_the_terminal_as_they_are)
{
    EXPECT_EQ(reported(Error{Errc::corrupt, "member '\x1b[2J\xC2\x9B\xE6\x97\xA5' is twice"}),
              "error: member '?[2J?\xE6\x97\xA5' is twice\n");
}

TEST(Status, says_how_far_run_came)
{
    const auto status = [](std::string message, FailureStyle style) {
        return status_for(Error{Errc::internal, std::move(message)}, style);
    };

    EXPECT_EQ(status("x", FailureStyle::run), ExitStatus::engine_error);
    EXPECT_EQ(status("exec: \"x\": executable file not found in $PATH", FailureStyle::run),
              ExitStatus::not_found);
    EXPECT_EQ(status("open executable: permission denied", FailureStyle::run),
              ExitStatus::cannot_invoke);
    EXPECT_EQ(status("open variables: no such file or directory", FailureStyle::run),
              ExitStatus::engine_error);
    EXPECT_EQ(status("x", FailureStyle::plain), ExitStatus::failure);
    EXPECT_EQ(status_for(Error{Errc::invalid_argument, "x"}, FailureStyle::inspect),
              ExitStatus::template_error);
    EXPECT_EQ(status_for(Error{Errc::conflict, "x"}, FailureStyle::inspect), ExitStatus::failure);
    EXPECT_EQ(status_for(Error{Errc::cancelled, "x"}, FailureStyle::plain),
              ExitStatus::interrupted);
}

TEST(Failures, remember_and_go_on)
{
    Output nowhere{STDERR_FILENO};
    Failures failures{nowhere};
    int done = 0;

    failures.guard([&] { ++done; });
    EXPECT_EQ(failures.status(), ExitStatus::ok);
    failures.guard([] { throw Error{Errc::not_found, "No such image: x"}; });
    failures.guard([&] { ++done; });

    EXPECT_EQ(done, 2);
    EXPECT_EQ(failures.status(), ExitStatus::failure);
    EXPECT_THROW(failures.guard([] { throw Error{Errc::cancelled, "x"}; }), Error);
}

} // namespace
} // namespace strata::cli
