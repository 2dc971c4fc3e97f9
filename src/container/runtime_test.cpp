// SPDX-License-Identifier: Apache-2.0
#include "container/runtime.hpp"
#include "testing/errors.hpp"

namespace strata::container {
namespace {

using ::testing::Contains;
using testing::FailsWith;
using ::testing::HasSubstr;
using ::testing::Not;

const Runtime kCrun{.name = "crun", .program = "/usr/bin/crun"};
const Runtime kRunc{.name = "runc", .program = "/usr/sbin/runc"};

std::string said(const Runtime& runtime, std::string_view message, std::string_view program)
{
    return runtime_failure(runtime, fmt::format(R"({{"msg":"{}","level":"error"}})", message), "",
                           program)
        .message();
}

TEST(RuntimeFailure, SpeaksAsDockerDoes)
{
    EXPECT_EQ(
        said(
            kRunc,
            R"(runc run failed: unable to start container process: exec: \"foo\": executable file not found in $PATH)",
            "foo"),
        "failed to create task for container: failed to create shim task: OCI runtime create "
        "failed: runc "
        "create failed: unable to start container process: exec: \"foo\": executable file not "
        "found in "
        "$PATH: unknown");
    EXPECT_THAT(
        said(kCrun, "executable file `foo` not found in $PATH: No such file or directory", "foo"),
        HasSubstr(
            "crun create failed: unable to start container process: exec: \"foo\": executable file "
            "not found in $PATH: unknown"));
    EXPECT_THAT(
        said(kCrun, "executable file `/a` not found in $PATH: No such file or directory", "/a"),
        HasSubstr("exec: \"/a\": stat /a: no such file or directory: unknown"));
    EXPECT_THAT(said(kCrun, "open executable: Permission denied", "/etc/passwd"),
                HasSubstr("exec: \"/etc/passwd\": permission denied: unknown"));
    EXPECT_THAT(said(kCrun, "open executable: Operation not permitted", "/etc"),
                HasSubstr("exec: \"/etc\": is a directory"));
    EXPECT_THAT(said(kCrun, "open executable: Operation not permitted", ""),
                HasSubstr("exec: \"\": executable file not found in $PATH"));
}

TEST(RuntimeFailure, FallsBackToWhatWasPrinted)
{
    EXPECT_THAT(runtime_failure(kCrun, "", "out of luck\n", "x").message(),
                HasSubstr("process: out of luck: unknown"));
    EXPECT_THAT(runtime_failure(kCrun, "garbage\n{}\n", "", "x").message(),
                HasSubstr("it said nothing"));
}

TEST(RunArguments, OneProcessCreatesAndStarts)
{
    const RuntimeCall call{.id = "c0ffee",
                           .bundle = "/r/c0ffee",
                           .states = "/r/runtime",
                           .log = "/r/c0ffee/log",
                           .pid_file = "/r/c0ffee/pid"};
    EXPECT_THAT(run_arguments(kCrun, call), Contains("--cgroup-manager=cgroupfs"));
    EXPECT_THAT(run_arguments(kRunc, call), Not(Contains("--cgroup-manager=cgroupfs")));
    EXPECT_EQ(run_arguments(kRunc, call).back(), "c0ffee");
}

TEST(FindRuntime, AnUnknownOneIsRefused)
{
    EXPECT_THAT(
        [] { find_runtime("nonesuch"); },
        FailsWith(Errc::invalid_argument, HasSubstr("unknown or invalid runtime name: nonesuch")));
    EXPECT_THAT([] { find_runtime("/nonesuch"); }, FailsWith(Errc::invalid_argument));
}

} // namespace
} // namespace strata::container
