// SPDX-License-Identifier: Apache-2.0
#include "base/strings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace strata {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Strings, split_keeps_empty_parts)
{
    EXPECT_THAT(split("a,,b", ','), ElementsAre("a", "", "b"));
    EXPECT_THAT(split("", ','), ElementsAre(""));
    EXPECT_THAT(split_words("  a \t b\n"), ElementsAre("a", "b"));
    EXPECT_THAT(split_words(" "), IsEmpty());
    EXPECT_EQ(join({"a", "b"}, ", "), "a, b");
}

TEST(Strings, split_once_cuts_at_the_first)
{
    EXPECT_EQ(split_once("a=b=c", '='),
              (std::pair<std::string_view, std::string_view>{"a", "b=c"}));
    EXPECT_EQ(split_once("a", '='), std::nullopt);
}

TEST(Strings, integers_are_all_or_nothing)
{
    EXPECT_EQ(parse_integer<int>("-12"), -12);
    EXPECT_EQ(parse_integer<unsigned>("-12"), std::nullopt);
    EXPECT_EQ(parse_integer<int>("12x"), std::nullopt);
    EXPECT_EQ(parse_integer<int>(" 12"), std::nullopt);
    EXPECT_EQ(parse_integer<int>(""), std::nullopt);
    EXPECT_EQ(parse_integer<std::uint8_t>("256"), std::nullopt);
}

TEST(Strings, go_quote_prints_as_percent_q)
{
    EXPECT_EQ(go_quote("plain é 世"), "\"plain é 世\"");
    EXPECT_EQ(go_quote("a\"b\\c\n\t\x01\x7f"), R"("a\"b\\c\n\t\x01\x7f")");
    EXPECT_EQ(go_quote("\xff\xc3"), R"("\xff\xc3")");
    EXPECT_EQ(go_quote("\u00a0\u200b\u2028\ufeff"), R"("\u00a0\u200b\u2028\ufeff")");
    EXPECT_EQ(go_quote("\U000e0001"), R"("\U000e0001")");
}

TEST(Strings, what_is_not_utf8_is_replaced_byte_by_byte)
{
    EXPECT_EQ(to_valid_utf8("a\xffz"), "a\ufffdz");
    EXPECT_EQ(to_valid_utf8("\xc0\x80"), "\ufffd\ufffd") << "overlong";
    EXPECT_EQ(to_valid_utf8("\xed\xa0\x80"), "\ufffd\ufffd\ufffd") << "a surrogate";
    EXPECT_EQ(to_valid_utf8("\xf4\x90\x80\x80"), "\ufffd\ufffd\ufffd\ufffd") << "too large";
    EXPECT_EQ(to_valid_utf8("\xe4\xb8"), "\ufffd\ufffd") << "cut short";
    EXPECT_EQ(to_valid_utf8("é世😀"), "é世😀");
}

TEST(Strings, the_closest_word_is_found_if_it_is_close)
{
    EXPECT_EQ(closest("biuld", {"build", "pull"}), "build");
    EXPECT_EQ(closest("storage-drver", {"storage-driver", "root"}), "storage-driver");
    EXPECT_EQ(closest("xyz", {"build", "pull"}), std::nullopt);
}

} // namespace
} // namespace strata
