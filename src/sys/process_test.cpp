// SPDX-License-Identifier: Apache-2.0
#include "sys/poll.hpp"
#include "sys/process.hpp"
#include "sys/signals.hpp"
#include "testing/errors.hpp"
#include "testing/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <thread>

namespace strata::sys {
namespace {

using std::chrono::milliseconds;
using strata::testing::FailsWith;
using strata::testing::TempDir;
using ::testing::HasSubstr;

Output shell(const std::string& script)
{
    return run_and_collect({.command = {"sh", "-c", script}});
}

TEST(Process, tells_how_it_ended)
{
    EXPECT_EQ(shell("exit 3").status.code, 3);
    EXPECT_EQ(shell("exit 3").status.describe(), "exit code 3");
    EXPECT_EQ(shell("kill -TERM $$").status.signal, SIGTERM);
    EXPECT_EQ(shell("kill -TERM $$").status.shell_code(), 143);
    EXPECT_EQ(shell("kill -TERM $$").status.describe(), "killed by SIGTERM");
    EXPECT_TRUE(shell("true").status.success());
}

TEST(Process, a_program_that_is_not_there_is_an_error)
{
    EXPECT_THAT([] { Process::spawn({.command = {"/no/such/program"}}); },
                FailsWith(Errc::not_found, HasSubstr("/no/such/program")));
    EXPECT_THAT([] { Process::spawn({.command = {"/etc/passwd"}}); }, FailsWith(Errc::denied));
    EXPECT_THAT([] { Process::spawn({}); }, FailsWith(Errc::invalid_argument));
}

TEST(Process, collects_both_outputs)
{
    const Output output = shell("echo out; echo error >&2; cat");

    EXPECT_EQ(output.out, "out\n");
    EXPECT_EQ(output.error, "error\n");
    EXPECT_THAT([] { run_and_collect({.command = {"yes"}}, 1000); }, FailsWith(Errc::exhausted));
}

TEST(Process, has_the_environment_and_the_folder_it_was_given)
{
    TempDir dir;
    const Output output = run_and_collect({.command = {"/bin/sh", "-c", "echo $A $HOME; pwd"},
                                           .environment = {{"A=b"}},
                                           .folder = dir.path()});

    EXPECT_EQ(output.out, "b\n" + dir.path().native() + "\n");
}

TEST(Process, has_no_descriptor_but_those_it_was_given)
{
    const auto [reader, writer] = make_pipe();
    const Fd leaked{::fcntl(writer.get(), F_DUPFD, 20)}; // not close-on-exec

    const Output output = run_and_collect(
        {.command = {"sh", "-c", "echo x >&7; exec ls /proc/self/fd"}, .fds = {{7, writer}}});

    EXPECT_EQ(output.out, "0\n1\n2\n3\n7\n"); // 3 is how ls reads the folder
    std::array<std::byte, 8> bytes{};
    EXPECT_EQ(read_some(reader, bytes), 2U);
}

TEST(Process, descriptors_may_change_places)
{
    TempDir dir;
    const Fd first = open_file(dir / "first", O_RDWR | O_CREAT, 0600);
    const Fd second = open_file(dir / "second", O_RDWR | O_CREAT, 0600);
    const std::string script =
        fmt::format("echo to-first >&{}; echo to-second >&{}", second.get(), first.get());

    Process::spawn(
        {.command = {"sh", "-c", script}, .fds = {{second.get(), first}, {first.get(), second}}})
        .wait();

    EXPECT_EQ(read_small_file(dir / "first"), "to-first\n");
    EXPECT_EQ(read_small_file(dir / "second"), "to-second\n");
}

TEST(Process, starts_with_no_signal_blocked_or_ignored)
{
    const SignalFd blocked{SIGUSR1, SIGTERM};
    ::signal(SIGUSR2, SIG_IGN);

    const Output output = shell("exec grep -E 'Sig(Blk|Ign)' /proc/self/status");

    ::signal(SIGUSR2, SIG_DFL);
    EXPECT_EQ(output.out, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST(Process, leads_a_new_session_or_group_when_asked)
{
    const auto fields = [](SpawnOptions options) {
        options.command = {"sh", "-c",
                           "set -- $(cat /proc/$$/stat); [ $5 = $$ ] && echo group; [ $6 = $$ ] && "
                           "echo session; :"};
        return run_and_collect(options).out;
    };

    EXPECT_EQ(fields({}), "");
    EXPECT_EQ(fields({.new_group = NewGroup::yes}), "group\n");
    EXPECT_EQ(fields({.new_session = NewSession::yes}), "group\nsession\n");
}

TEST(Process, waiting_has_an_end)
{
    Process process = Process::spawn({.command = {"sleep", "1000"}});

    EXPECT_FALSE(process.try_wait());
    EXPECT_FALSE(process.wait_for(milliseconds{1}));
    EXPECT_FALSE(has_ended(process.pidfd()));
    process.kill(SIGTERM);
    EXPECT_EQ(process.wait_for(milliseconds{60'000})->signal, SIGTERM);
}

TEST(Process, does_not_outlive_its_owner_unless_detached)
{
    std::optional<Fd> killed;
    std::optional<Fd> left;
    {
        const Process owned = Process::spawn({.command = {"sleep", "1000"}});
        killed = find_process(owned.pid());
        Process detached = Process::spawn({.command = {"sleep", "1000"}});
        left = find_process(detached.pid());
        std::move(detached).detach();
    }
    EXPECT_TRUE(has_ended(*killed));
    EXPECT_FALSE(send_signal(*killed, SIGTERM));
    EXPECT_FALSE(has_ended(*left));
    EXPECT_TRUE(send_signal(*left, SIGKILL));
    EXPECT_TRUE(wait_readable(*left, milliseconds{-1}));
}

TEST(Process, there_is_none_of_a_number_that_nobody_has)
{
    EXPECT_FALSE(find_process(1 << 30));
    EXPECT_TRUE(find_process(1));
}

TEST(Process, orphans_come_to_the_subreaper)
{
    // In a child of its own: reaping anything would take what other tests wait for.
    const pid_t child = ::fork();
    if (child == 0) {
        become_subreaper();
        Process parent = Process::spawn({.command = {"sh", "-c", "(exit 7) & exec true"}});
        std::move(parent).detach();
        int sum = 0;
        for (int count = 0; count < 2;) {
            if (const auto reaped = reap_any()) {
                sum += reaped->status.code;
                ++count;
            } else {
                std::this_thread::yield();
            }
        }
        ::_exit(sum);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(WEXITSTATUS(status), 7);
}

} // namespace
} // namespace strata::sys
