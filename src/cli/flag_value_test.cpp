// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "cli/flag_value.hpp"
#include "testing/errors.hpp"

#include <gmock/gmock.h>

#include <limits>

namespace strata::cli {
namespace {

using strata::testing::FailsWith;

TEST(FlagValue, integers_are_read_as_go_reads_them)
{
    EXPECT_EQ(parse_int("42"), 42);
    EXPECT_EQ(parse_int("+42"), 42);
    EXPECT_EQ(parse_int("-0x1F"), -31);
    EXPECT_EQ(parse_int("0b101"), 5);
    EXPECT_EQ(parse_int("0o17"), 15);
    EXPECT_EQ(parse_int("017"), 15);
    EXPECT_EQ(parse_int("0"), 0);
    EXPECT_EQ(parse_int("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(parse_uint("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
}

TEST(FlagValue, numbers_that_are_none_or_too_large_are_refused)
{
    for (const std::string_view text :
         {"", "-", "1x", " 1", "1 ", "0x", "--1", "9223372036854775808", "1.5", "08"}) {
        EXPECT_THAT([&] { parse_int(text); }, FailsWith(Errc::invalid_argument)) << text;
    }
    EXPECT_THAT([] { parse_uint("-1"); }, FailsWith(Errc::invalid_argument));
    for (const std::string_view text : {"", "x", "1x", "inf", "nan", "1e999"}) {
        EXPECT_THAT([&] { parse_decimal(text); }, FailsWith(Errc::invalid_argument)) << text;
    }
}

TEST(FlagValue, only_gos_words_for_true_and_false_are_known)
{
    EXPECT_TRUE(parse_bool("T"));
    EXPECT_FALSE(parse_bool("False"));
    EXPECT_THAT([] { parse_bool("yes"); }, FailsWith(Errc::invalid_argument));
}

TEST(FlagValue, a_decimal_is_what_it_says)
{
    EXPECT_DOUBLE_EQ(parse_decimal("1.5"), 1.5);
    EXPECT_DOUBLE_EQ(parse_decimal(".25"), .25);
}

} // namespace
} // namespace strata::cli
