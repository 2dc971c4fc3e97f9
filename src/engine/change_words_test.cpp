// SPDX-License-Identifier: Apache-2.0
#include "engine/change_words.hpp"
#include "testing/errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>

namespace strata::engine {
namespace {

using strata::testing::FailsWith;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::Pair;

std::optional<std::string> variables(std::string_view name)
{
    static const std::map<std::string, std::string, std::less<>> kValues{{"PWD", "/home"},
                                                                         {"SHELL", "bash"},
                                                                         {"KOREAN", "한국어"},
                                                                         {"NULL", ""},
                                                                         {"space", "abc  def"}};
    const auto found = kValues.find(name);
    return found == kValues.end() ? std::nullopt : std::optional{found->second};
}

TEST(SplitInstructions, joins_continued_lines_and_drops_comments_between_them)
{
    const auto instructions =
        split_instructions({"# first\nENV a=1 \\\n  # not this\n\n  b=2\ncmd x"});

    ASSERT_EQ(instructions.size(), 2u);
    EXPECT_EQ(instructions[0].word, "ENV");
    EXPECT_EQ(instructions[0].rest, "a=1   b=2");
    EXPECT_EQ(instructions[1].word, "cmd");
    EXPECT_EQ(instructions[1].rest, "x");
}

TEST(SplitInstructions, does_not_continue_after_an_escaped_backslash)
{
    EXPECT_EQ(split_instructions({"CMD a\\\\\nCMD b"}).size(), 2u);
}

TEST(SplitInstructions, finds_flags_with_quoted_values)
{
    const auto instructions =
        split_instructions({R"(HEALTHCHECK --interval="5 s" --retries=3 CMD x --no)"});

    ASSERT_EQ(instructions.size(), 1u);
    EXPECT_THAT(instructions[0].flags, ElementsAre("--interval=5 s", "--retries=3"));
    EXPECT_EQ(instructions[0].rest, "CMD x --no");
}

TEST(SplitInstructions, gives_nothing_for_comments_alone)
{
    EXPECT_THAT(split_instructions({"", "  # x"}), IsEmpty());
}

TEST(SplitQuotedWords, keeps_quotes_and_escapes)
{
    EXPECT_THAT(split_quoted_words(R"( a="b c"  d\ e 'f \' )"),
                ElementsAre(R"(a="b c")", R"(d\ e)", R"('f \')"));
}

TEST(SplitPairs, reads_pairs_and_the_old_form)
{
    EXPECT_THAT(split_pairs(R"(a=1 b="2 3")", "ENV"),
                ElementsAre(Pair("a", "1"), Pair("b", R"("2 3")")));
    EXPECT_THAT(split_pairs("a  b=c d", "ENV"), ElementsAre(Pair("a", "b=c d")));
}

TEST(SplitPairs, says_what_is_wrong_as_docker_does)
{
    EXPECT_THAT([] { split_pairs("", "ENV"); },
                FailsWith(Errc::invalid_argument, HasSubstr("ENV requires at least one argument")));
    EXPECT_THAT([] { split_pairs("a", "LABEL"); },
                FailsWith(Errc::invalid_argument, HasSubstr("LABEL must have two arguments")));
    EXPECT_THAT([] { split_pairs("a=b c", "ENV"); },
                FailsWith(Errc::invalid_argument, HasSubstr("can't find = in \"c\"")));
    EXPECT_THAT([] { split_pairs("=b", "ENV"); },
                FailsWith(Errc::invalid_argument, HasSubstr("ENV names can not be blank")));
}

TEST(JsonWords, tells_json_from_a_shell_line)
{
    EXPECT_THAT(json_words(R"(["a", "b c"])"), Optional(ElementsAre("a", "b c")));
    EXPECT_EQ(json_words(R"(["a")"), std::nullopt);
    EXPECT_EQ(json_words("echo [\"a\"]"), std::nullopt);
    EXPECT_THAT([] { json_words(R"(["a", 1])"); }, FailsWith(Errc::invalid_argument));
    EXPECT_EQ(json_words(std::string(100'000, '[')), std::nullopt);
}

TEST(Expand, replaces_variables_and_removes_quotes)
{
    EXPECT_EQ(expand("he${PWD:-x}'$PWD'\"$SHELL\"\\$a", variables), "he/home$PWDbash$a");
    EXPECT_EQ(expand("${NONE:-${NULL:-deep}}", variables), "deep");
    EXPECT_EQ(expand("${NULL-a}${NULL:-b}${NONE-c}${PWD+d}${NULL:+e}", variables), "bcd");
}

TEST(Expand, refuses_what_has_no_end)
{
    for (const char* const text :
         {"\"a", "'a", "${a", "${}", "${a:-b", "${PWD:=x}", "${NONE:?gone}"}) {
        EXPECT_THAT([&] { expand(text, variables); }, FailsWith(Errc::invalid_argument)) << text;
    }
    std::string deep;
    for (int i = 0; i < 10'000; ++i) {
        deep += "${x:-";
    }
    EXPECT_THAT([&] { expand(deep, variables); },
                FailsWith(Errc::invalid_argument, HasSubstr("too deep")));
}

TEST(ExpandWords, splits_unquoted_values)
{
    EXPECT_THAT(expand_words("x${space}y \"$space\"", variables),
                ElementsAre("xabc", "defy", "abc  def"));
}

/// BuildKit's own table, where it can be found.
TEST(Expand, agrees_with_the_shared_table)
{
    const char* const shared = std::getenv("STRATA_SHARED");
    std::ifstream table{std::string{shared == nullptr ? "" : shared} +
                        "/data/dockerfile/shell/envVarTest"};
    for (std::string line; std::getline(table, line);) {
        const auto first = line.find('|');
        const auto second = line.find('|', first + 1);
        const bool ours =
            first == 1 && (line[0] == 'A' || line[0] == 'U') && second != std::string::npos;
        if (!ours) {
            continue;
        }
        const auto trimmed = [](std::string text) {
            text.erase(0, text.find_first_not_of(' '));
            text.erase(text.find_last_not_of(' ') + 1);
            return text;
        };
        const std::string input = trimmed(line.substr(2, second - 2));
        const std::string expected = trimmed(line.substr(second + 1));
        std::string actual;
        try {
            actual = expand(input, variables);
        } catch (const Error&) {
            actual = "error";
        }
        EXPECT_EQ(actual, expected) << line;
    }
}

} // namespace
} // namespace strata::engine
