// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "cli/documents.hpp"
#include "testing/errors.hpp"

#include <gmock/gmock.h>

namespace strata::cli {
namespace {

using strata::testing::FailsWith;

const std::string kContainer =
    R"({"Id":"abc","State":{"Status":"running","Running":true,"Pid":7},"HostConfig":{"Binds":null},)"
    R"("Config":{"Env":["A=1"],"Entrypoint":null,"ExposedPorts":{"80/tcp":{}},"Labels":{"b":"2","a":"1"}},)"
    R"("NetworkSettings":{"Ports":{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"}]},)"
    R"("Networks":{"bridge":{"IPAddress":"172.17.0.2"}}}})";

std::string formatted(std::string_view format)
{
    return format_document(format, kContainer, kContainerType);
}

TEST(Documents, scripts_get_what_docker_gives_them)
{
    EXPECT_EQ(formatted("{{.Id}} {{.ID}}"), "abc abc");
    EXPECT_EQ(formatted("{{.State.Running}} {{.State.Status}}"), "true running");
    EXPECT_EQ(formatted("{{if .State.Health}}x{{else}}healthy enough{{end}}"), "healthy enough");
    EXPECT_EQ(formatted("{{.State.Health}}"), "<nil>");
    EXPECT_EQ(formatted("{{.HostConfig.Binds}} {{.Config.Entrypoint}} {{.Config.Volumes}}"),
              "[] [] map[]");
    EXPECT_EQ(formatted("{{.Config.ExposedPorts}}"), "map[80/tcp:{}]");
    EXPECT_EQ(formatted("{{json .Config.Labels}} {{json .Config.Env}}"),
              R"({"a":"1","b":"2"} ["A=1"])");
    EXPECT_EQ(formatted("{{.NetworkSettings.Ports}}"), "map[80/tcp:[{0.0.0.0 8080}]]");
    EXPECT_EQ(formatted("{{(index (index .NetworkSettings.Ports \"80/tcp\") 0).HostPort}}"),
              "8080");
    EXPECT_EQ(formatted("{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"), "172.17.0.2");
    EXPECT_EQ(formatted("{{.State.Pid}} {{printf \"%.2s\" .Id}}"), "7 ab");
}

TEST(Documents, a_key_that_is_not_there_is_an_error)
{
    EXPECT_THAT(
        [] { formatted("{{.State.Foo}}"); },
        FailsWith(
            Errc::conflict,
            "template parsing error: template: :1:8: executing \"\" at <.State.Foo>: map has no "
            "entry for key \"Foo\""));
    EXPECT_THAT(
        [] { formatted("{{.State.Health.Status}}"); },
        FailsWith(Errc::conflict, ::testing::HasSubstr("map has no entry for key \"Health\"")));
    EXPECT_THAT([] { formatted("{{"); }, FailsWith(Errc::invalid_argument));
}

TEST(Documents, are_an_indented_array_without_a_format)
{
    EXPECT_EQ(format_documents("", {R"({"b":{"x":[]},"a":[1,"<"]})"}, kImageType),
              "[\n"
              "    {\n"
              "        \"b\": {\n"
              "            \"x\": []\n"
              "        },\n"
              "        \"a\": [\n"
              "            1,\n"
              "            \"<\"\n"
              "        ]\n"
              "    }\n"
              "]\n");
    EXPECT_EQ(format_documents("", {}, kImageType), "[]\n");
}

TEST(Documents, are_a_compact_array_for_json_and_a_line_each_for_a_template)
{
    const std::vector<std::string> two{R"({"Id":"a"})", R"({"Id":"b"})"};

    EXPECT_EQ(format_documents("json", two, kImageType), "[{\"Id\":\"a\"},{\"Id\":\"b\"}]\n");
    EXPECT_EQ(format_documents("{{.Id}}", two, kImageType), "a\nb\n");
    EXPECT_EQ(format_documents("{{.Id}}", {}, kImageType), "");
}

} // namespace
} // namespace strata::cli
