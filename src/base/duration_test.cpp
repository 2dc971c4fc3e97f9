// SPDX-License-Identifier: Apache-2.0
#include "base/duration.hpp"
#include "testing/errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace strata {
namespace {

using namespace std::chrono_literals;
using strata::testing::FailsWith;
using ::testing::HasSubstr;

TEST(ParseDuration, adds_up_its_units)
{
    EXPECT_EQ(parse_duration("1h30m"), 90min);
    EXPECT_EQ(parse_duration("-1.5s"), -1500ms);
    EXPECT_EQ(parse_duration("2us3ns"), 2003ns);
    EXPECT_EQ(parse_duration("0"), 0ns);
}

TEST(ParseDuration, says_what_is_wrong_in_the_words_of_go)
{
    EXPECT_THAT([] { parse_duration("1"); },
                FailsWith(Errc::invalid_argument, HasSubstr("missing unit in duration \"1\"")));
    EXPECT_THAT([] { parse_duration("1x"); },
                FailsWith(Errc::invalid_argument, HasSubstr("unknown unit \"x\"")));
    EXPECT_THAT([] { parse_duration("x"); },
                FailsWith(Errc::invalid_argument, HasSubstr("invalid duration")));
    EXPECT_THAT([] { parse_duration("9999999h"); }, FailsWith(Errc::invalid_argument));
}

} // namespace
} // namespace strata
