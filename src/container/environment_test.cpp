// SPDX-License-Identifier: Apache-2.0
#include "container/environment.hpp"
#include "testing/errors.hpp"

namespace strata::container {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;

std::optional<std::string> caller(std::string_view name)
{
    return name == "HERE" ? std::optional<std::string>{"yes"} : std::nullopt;
}

TEST(Environment, AnOptionTakesItsValueFromTheCallerWhenItHasNone)
{
    EXPECT_EQ(parse_env_option("A=b=c", caller), "A=b=c");
    EXPECT_EQ(parse_env_option("HERE", caller), "HERE=yes");
    EXPECT_EQ(parse_env_option("GONE", caller), "GONE");
    EXPECT_THAT([] { parse_env_option("=x", caller); },
                FailsWith(Errc::invalid_argument, HasSubstr("invalid environment variable: =x")));
}

TEST(Environment, AFileHasOneVariableALine)
{
    EXPECT_THAT(
        parse_env_file("\xef\xbb\xbf# comment\n\n  A=1 \r\nHERE\nGONE\nEMPTY=\nB=x # y", caller),
        ElementsAre("A=1 ", "HERE=yes", "EMPTY=", "B=x # y"));
}

TEST(Environment, AFileWithBadNamesIsRefused)
{
    EXPECT_THAT([] { parse_env_file("=x", caller); },
                FailsWith(Errc::invalid_argument, HasSubstr("no variable name on line '=x'")));
    EXPECT_THAT(
        [] { parse_env_file("A B=x", caller); },
        FailsWith(Errc::invalid_argument, HasSubstr("variable 'A B' contains whitespaces")));
}

TEST(Environment, MergingKeepsPlacesAndBareNamesRemove)
{
    EXPECT_THAT(merge_env({"A=1", "B=2", "C=3"}, {"D=4", "B=5", "A"}),
                ElementsAre("B=5", "C=3", "D=4"));
}

TEST(Environment, TheProcessGetsDefaultsThatItsOwnVariablesReplace)
{
    const std::vector<std::string> own{"PATH=/bin", "X=1"};
    EXPECT_THAT(
        process_environment({.own = own, .hostname = "h", .home = "/root", .terminal = true}),
        ElementsAre("PATH=/bin", "HOSTNAME=h", "TERM=xterm", "X=1", "HOME=/root"));
    const std::vector<std::string> home{"HOME=/srv"};
    EXPECT_THAT(process_environment({.own = home, .hostname = "h", .home = "/root"}),
                ElementsAre(HasSubstr("PATH=/usr/local/sbin"), "HOSTNAME=h", "HOME=/srv"));
}

} // namespace
} // namespace strata::container
