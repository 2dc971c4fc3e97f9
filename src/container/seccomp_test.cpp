// SPDX-License-Identifier: Apache-2.0
#include "container/seccomp.hpp"
#include "testing/errors.hpp"

#include <boost/json.hpp>

namespace strata::container {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;

const std::vector<std::string> kCapabilities{"CAP_CHOWN"};

boost::json::value translate(std::string_view profile)
{
    return translate_seccomp(
               profile, {.capabilities = kCapabilities, .architecture = "amd64", .kernel = {5, 10}})
        .value();
}

std::vector<std::string> allowed(std::string_view rules)
{
    const auto result =
        translate(fmt::format(R"({{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{}]}})", rules));
    std::vector<std::string> names;
    for (const auto& rule : result.at("syscalls").as_array()) {
        for (const auto& name : rule.at("names").as_array()) {
            names.emplace_back(name.as_string().c_str());
        }
    }
    return names;
}

std::string rule(std::string_view name, std::string_view conditions)
{
    return fmt::format(R"({{"names":["{}"],"action":"SCMP_ACT_ALLOW",{}}})", name, conditions);
}

TEST(Seccomp, CapabilitiesDecide)
{
    EXPECT_THAT(allowed(rule("a", R"("includes":{"caps":["CAP_CHOWN"]})") + "," +
                        rule("b", R"("includes":{"caps":["CAP_CHOWN","CAP_KILL"]})") + "," +
                        rule("c", R"("excludes":{"caps":["CAP_CHOWN","CAP_KILL"]})") + "," +
                        rule("d", R"("excludes":{"caps":["CAP_KILL"]},"includes":null)")),
                ElementsAre("a", "d"));
}

TEST(Seccomp, ArchitectureAndKernelDecide)
{
    EXPECT_THAT(allowed(rule("a", R"("includes":{"arches":["arm64","amd64"]})") + "," +
                        rule("b", R"("includes":{"arches":["s390x"]})") + "," +
                        rule("c", R"("excludes":{"arches":["amd64"]})") + "," +
                        rule("d", R"("includes":{"minKernel":"4.8"})") + "," +
                        rule("e", R"("includes":{"minKernel":"5.11"})")),
                ElementsAre("a", "d"));
}

TEST(Seccomp, KeepsWhatTheRuntimeNeedsAndNothingElse)
{
    const auto result = translate(R"({
        "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "defaultErrno": "ENOSYS",
        "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]},
                    {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]}],
        "syscalls": [{"name": "socket", "action": "SCMP_ACT_ERRNO", "errnoRet": 22, "errno": "EINVAL",
                      "comment": "x", "args": [{"index": 0, "value": 16, "op": "SCMP_CMP_EQ"}, null]}]})");
    EXPECT_EQ(result, boost::json::parse(R"({
        "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38,
        "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
        "syscalls": [{"names": ["socket"], "action": "SCMP_ACT_ERRNO", "errnoRet": 22,
                      "args": [{"index": 0, "value": 16, "op": "SCMP_CMP_EQ"}]}]})"));
}

TEST(Seccomp, AnEmptyProfileIsNone)
{
    EXPECT_FALSE(translate_seccomp("{}", {.capabilities = kCapabilities, .architecture = "amd64"}));
}

TEST(Seccomp, RefusesWhatIsNotAProfile)
{
    for (const char* bad : {"", "[]", "{\"syscalls\":[]}", "{\"defaultAction\":1}",
                            "{\"defaultAction\":\"A\",\"syscalls\":{}}",
                            "{\"defaultAction\":\"A\",\"syscalls\":[{\"action\":\"B\"}]}",
                            "{\"defaultAction\":\"A\",\"syscalls\":[{\"names\":[\"x\"]}]}",
                            "{\"defaultAction\":\"A\",\"architectures\":[\"x\"],\"archMap\":[]}"}) {
        EXPECT_THAT([&] { translate(bad); }, FailsWith(Errc::invalid_argument)) << bad;
    }
}

TEST(Seccomp, AMissingDefaultProfileNamesItsPackage)
{
    try {
        read_default_seccomp_profile("/nowhere/seccomp.json");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Errc::not_found);
        EXPECT_THAT(error.hint(), HasSubstr("golang-github-containers-common"));
        EXPECT_THAT(error.hint(), HasSubstr("seccomp=unconfined"));
    }
}

TEST(KernelVersion, ReadsWhatUnameSays)
{
    EXPECT_EQ(KernelVersion::parse("6.18.44-x"), (KernelVersion{6, 18}));
    EXPECT_THAT([] { KernelVersion::parse("six"); }, FailsWith(Errc::invalid_argument));
}

} // namespace
} // namespace strata::container
