// SPDX-License-Identifier: Apache-2.0
#include "engine/changes.hpp"
#include "testing/errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace strata::engine {
namespace {

using strata::testing::FailsWith;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;
using ::testing::Pair;

oci::ContainerConfig changed(const std::vector<std::string>& instructions)
{
    oci::ContainerConfig config;
    apply_changes(config, instructions);
    return config;
}

TEST(Changes, commands_are_json_or_for_the_shell)
{
    EXPECT_THAT(changed({R"(CMD ["a", "b"])"}).cmd, Optional(ElementsAre("a", "b")));
    EXPECT_THAT(changed({"CMD echo   a"}).cmd, Optional(ElementsAre("/bin/sh", "-c", "echo   a")));
    EXPECT_THAT(changed({"ENTRYPOINT echo $PATH"}).entrypoint,
                Optional(ElementsAre("/bin/sh", "-c", "echo $PATH")));
    EXPECT_THAT(changed({R"(SHELL ["/bin/bash", "-c"])", "CMD x"}).cmd,
                Optional(ElementsAre("/bin/bash", "-c", "x")));
    EXPECT_THAT(changed({"CMD []"}).cmd, Optional(ElementsAre()));
    EXPECT_EQ(changed({"ENTRYPOINT []"}).entrypoint, std::nullopt);
}

TEST(Changes, variables_are_those_before_the_instruction)
{
    EXPECT_THAT(changed({"ENV a=1 b=$a", "ENV c=$a b=${b:-2}", R"(ENV d "x y" z)", "ENV a=9"}).env,
                ElementsAre("a=9", "b=2", "c=1", "d=x y z"));
}

TEST(Changes, labels_volumes_ports_and_users)
{
    const oci::ContainerConfig config =
        changed({"LABEL x=\"a b\" 'quoted key'=v", "LABEL old style label", "VOLUME /a /b",
                 R"(VOLUME ["/c d"])", "ENV P=90", "EXPOSE 80 53/UDP 1000-1002 8080:81 $P",
                 "USER joe:staff", "STOPSIGNAL sigrtmin+3"});

    EXPECT_THAT(config.labels,
                ElementsAre(Pair("old", "style label"), Pair("quoted key", "v"), Pair("x", "a b")));
    EXPECT_THAT(config.volumes, ElementsAre("/a", "/b", "/c d"));
    EXPECT_THAT(config.exposed_ports, ElementsAre("1000/tcp", "1001/tcp", "1002/tcp", "53/udp",
                                                  "80/tcp", "81/tcp", "90/tcp"));
    EXPECT_EQ(config.user, "joe:staff");
    EXPECT_EQ(config.stop_signal, "sigrtmin+3");
}

TEST(Changes, a_relative_working_directory_continues_the_one_before)
{
    EXPECT_EQ(changed({"WORKDIR x"}).working_dir, "/x");
    EXPECT_EQ(changed({"WORKDIR /x/", "WORKDIR y/../z", "WORKDIR a b"}).working_dir, "/x/z/a b");
}

TEST(Changes, health_checks)
{
    using namespace std::chrono_literals;
    const auto check = changed({"HEALTHCHECK --interval=5s --timeout=1m --start-period=3s "
                                "--start-interval=1s --retries=3 CMD curl x"});

    ASSERT_TRUE(check.healthcheck);
    EXPECT_THAT(check.healthcheck->test, ElementsAre("CMD-SHELL", "curl x"));
    EXPECT_EQ(check.healthcheck->interval, 5s);
    EXPECT_EQ(check.healthcheck->timeout, 1min);
    EXPECT_EQ(check.healthcheck->start_period, 3s);
    EXPECT_EQ(check.healthcheck->start_interval, 1s);
    EXPECT_EQ(check.healthcheck->retries, 3);
    EXPECT_THAT(changed({"HEALTHCHECK NONE"}).healthcheck->test, ElementsAre("NONE"));
    EXPECT_THAT(changed({R"(HEALTHCHECK CMD ["a","b"])"}).healthcheck->test,
                ElementsAre("CMD", "a", "b"));
}

TEST(Changes, triggers_are_kept_as_text)
{
    EXPECT_THAT(changed({"ONBUILD RUN make", "onbuild  COPY a  b"}).on_build,
                Optional(ElementsAre("RUN make", "COPY a  b")));
}

TEST(Changes, several_instructions_may_share_a_text)
{
    EXPECT_THAT(changed({"USER a\n# nothing\nENV x=1 \\\n y=2"}).env, ElementsAre("x=1", "y=2"));
}

TEST(Changes, mistakes_are_told_in_dockers_words)
{
    const std::vector<std::pair<std::string, std::string>> mistakes{
        {"FOO bar", "FOO is not a valid change command"},
        {"RUN ls", "RUN is not a valid change command"},
        {"", "file with no instructions"},
        {"ENV", "ENV requires at least one argument"},
        {"ENV a", "ENV must have two arguments"},
        {"ENV =x", "ENV names can not be blank"},
        {"ENV a=\"b", "unexpected end of statement while looking for matching double-quote"},
        {"EXPOSE", "EXPOSE requires at least one argument"},
        {"EXPOSE abc", "Invalid containerPort: abc"},
        {"EXPOSE 99999", "Invalid containerPort: 99999"},
        {"EXPOSE 10-5", "Invalid containerPort: 10-5"},
        {"EXPOSE 80/foo", "Invalid proto: foo"},
        {"LABEL x", "LABEL must have two arguments"},
        {"ONBUILD", "ONBUILD requires at least one argument"},
        {"ONBUILD FROM x", "FROM isn't allowed as an ONBUILD trigger"},
        {"ONBUILD ONBUILD RUN x", "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"},
        {"USER", "USER requires exactly one argument"},
        {"VOLUME []", "VOLUME requires at least one argument"},
        {R"(VOLUME ["a",""])", "VOLUME specified can not be an empty string"},
        {"WORKDIR $NOTHING", "cannot normalize nothing"},
        {"HEALTHCHECK NONE x", "HEALTHCHECK NONE takes no arguments"},
        {"HEALTHCHECK CMD", "Missing command after HEALTHCHECK CMD"},
        {"HEALTHCHECK --interval=1 CMD x", "time: missing unit in duration \"1\""},
        {"HEALTHCHECK --interval=100us CMD x", "Interval \"interval\" cannot be less than 1ms"},
        {"HEALTHCHECK --retries=-1 CMD x", "--retries cannot be negative (-1)"},
        {"HEALTHCHECK --foo=x CMD x", "unknown flag: foo"},
        {"HEALTHCHECK FOO x", "Unknown type \"FOO\" in HEALTHCHECK (try CMD)"},
        {"STOPSIGNAL FOO", "invalid signal: FOO"},
        {"SHELL bash", "SHELL requires the arguments to be in JSON form"},
        {"SHELL []", "SHELL requires at least one argument"},
        {"CMD --foo x", "unknown flag: foo"},
        {R"(CMD ["a", 1])", "arrays must be comprised of strings only"},
    };
    for (const auto& [instruction, text] : mistakes) {
        EXPECT_THAT([instruction = instruction] { changed({instruction}); },
                    FailsWith(Errc::invalid_argument, HasSubstr(text)))
            << instruction;
    }
}

TEST(Changes, bytes_that_are_not_utf8_become_what_they_will_be_read_as)
{
    EXPECT_EQ(changed({"ENV A=x\x95y"}).env, std::vector<std::string>{"A=x\xef\xbf\xbdy"});
}

} // namespace
} // namespace strata::engine
