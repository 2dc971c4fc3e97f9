// SPDX-License-Identifier: Apache-2.0
#include "engine/point_in_time.hpp"
#include "testing/errors.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace strata::engine {
namespace {

using strata::testing::FailsWith;
using namespace std::chrono_literals;

const Timestamp kNow = parse_rfc3339("2024-05-01T12:00:00Z");

TEST(PointInTime, may_be_written_in_many_ways)
{
    ::setenv("TZ", "UTC", 1);
    ::tzset();
    const Timestamp expected = parse_rfc3339("2006-01-02T15:00:00Z");

    EXPECT_EQ(parse_point_in_time("10m", kNow), kNow - 10min);
    EXPECT_EQ(parse_point_in_time("1136214000", kNow), expected);
    EXPECT_EQ(parse_point_in_time("1136214000.25", kNow), expected + 250ms);
    EXPECT_EQ(parse_point_in_time("2006-01-02T15", kNow), expected);
    EXPECT_EQ(parse_point_in_time("2006-01-02T15:00", kNow), expected);
    EXPECT_EQ(parse_point_in_time("2006-01-02T15:00:00", kNow), expected);
    EXPECT_EQ(parse_point_in_time("2006-01-02T16:00:00+01:00", kNow), expected);
    EXPECT_EQ(parse_point_in_time("2006-01-02", kNow), expected - 15h);
}

TEST(PointInTime, is_refused_when_it_is_none)
{
    for (const char* const text :
         {"", "x", "2006-13-01", "2006-01-02T25", "2006-01-02T15:00:00X"}) {
        EXPECT_THAT([&] { parse_point_in_time(text, kNow); }, FailsWith(Errc::invalid_argument))
            << text;
    }
}

} // namespace
} // namespace strata::engine
