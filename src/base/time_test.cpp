// SPDX-License-Identifier: Apache-2.0
#include "base/time.hpp"
#include "testing/errors.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace strata {
namespace {

using namespace std::chrono_literals;
using strata::testing::FailsWith;
using ::testing::HasSubstr;

TEST(Time, prints_as_go_prints_it)
{
    for (const char* text : {"1970-01-01T00:00:00Z", "2024-02-29T23:59:59.999999999Z",
                             "2015-10-31T22:22:56.015925234Z", "1969-12-31T23:59:59.5Z",
                             "2262-04-11T00:00:00Z", "1677-09-22T00:00:00.000000001Z"}) {
        EXPECT_EQ(format_rfc3339(parse_rfc3339(text)), text);
    }
    EXPECT_EQ(format_rfc3339(parse_rfc3339("2024-05-01T12:00:00.120000Z")),
              "2024-05-01T12:00:00.12Z");
    EXPECT_EQ(format_rfc3339_seconds(parse_rfc3339("2024-05-01T12:00:00.9Z")),
              "2024-05-01T12:00:00Z");
}

TEST(Time, is_converted_to_utc)
{
    EXPECT_EQ(parse_rfc3339("2024-05-01T02:00:00+03:30"), parse_rfc3339("2024-04-30T22:30:00Z"));
    EXPECT_EQ(parse_rfc3339("2024-05-01T02:00:00-08:00"), parse_rfc3339("2024-05-01T10:00:00Z"));
}

TEST(Time, that_go_calls_zero_survives)
{
    EXPECT_EQ(parse_rfc3339("0001-01-01T00:00:00Z"), kZeroTime);
    EXPECT_EQ(format_rfc3339(kZeroTime), "0001-01-01T00:00:00Z");
    EXPECT_EQ(format_rfc3339(parse_rfc3339("1500-01-01T00:00:00Z")), "0001-01-01T00:00:00Z");
    EXPECT_EQ(parse_rfc3339("9999-12-31T23:59:59Z"), Timestamp::max());
}

TEST(Time, has_one_spelling)
{
    for (const char* text :
         {"", "2024-05-01", "2024-05-01 12:00:00Z", "2024-05-01t12:00:00Z", "2024-05-01T12:00:00z",
          "2024-05-01T12:00:00", "2024-05-01T1:00:00Z", "2024-13-01T12:00:00Z",
          "2023-02-29T12:00:00Z", "2024-05-01T24:00:00Z", "2024-05-01T12:00:60Z",
          "2024-05-01T12:00:00.Z", "2024-05-01T12:00:00,5Z", "2024-05-01T12:00:00Z ",
          "2024-05-01T12:00:00+25:00", "-024-05-01T12:00:00Z", "2024-05-01T12:00:00+0100"}) {
        EXPECT_THAT([&] { parse_rfc3339(text); }, FailsWith(Errc::invalid_argument)) << text;
    }
}

TEST(Time, passes_in_words)
{
    EXPECT_EQ(human_duration(450ms), "Less than a second");
    EXPECT_EQ(human_duration(1s), "1 second");
    EXPECT_EQ(human_duration(47s), "47 seconds");
    EXPECT_EQ(human_duration(1min), "About a minute");
    EXPECT_EQ(human_duration(3min), "3 minutes");
    EXPECT_EQ(human_duration(35min), "35 minutes");
    EXPECT_EQ(human_duration(1h), "About an hour");
    EXPECT_EQ(human_duration(1h + 45min), "2 hours");
    EXPECT_EQ(human_duration(24h * 3), "3 days");
    EXPECT_EQ(human_duration(24h * 15), "2 weeks");
    EXPECT_EQ(human_duration(24h * 90), "3 months");
    EXPECT_EQ(human_duration(24h * 365 * 3), "3 years");
}

class SourceDateEpoch : public ::testing::Test {
protected:
    ~SourceDateEpoch() override { ::unsetenv("SOURCE_DATE_EPOCH"); }
    static void set(const char* value) { ::setenv("SOURCE_DATE_EPOCH", value, 1); }
};

TEST_F(SourceDateEpoch, is_seconds)
{
    EXPECT_EQ(source_date_epoch(), std::nullopt);
    set("1700000000");
    EXPECT_EQ(source_date_epoch(), parse_rfc3339("2023-11-14T22:13:20Z"));
}

TEST_F(SourceDateEpoch, that_is_no_number_is_refused)
{
    for (const char* text : {"soon", "-1", "1.5", "99999999999999"}) {
        set(text);
        EXPECT_THAT([] { source_date_epoch(); },
                    FailsWith(Errc::invalid_argument, HasSubstr("SOURCE_DATE_EPOCH")));
    }
}

} // namespace
} // namespace strata
