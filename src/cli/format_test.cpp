// SPDX-License-Identifier: Apache-2.0
#include "cli/format.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <ctime>

namespace strata::cli {
namespace {

using namespace std::chrono_literals;

TEST(Format, a_point_in_time_is_so_long_ago)
{
    const Timestamp then{1'700'000'000s};

    EXPECT_EQ(time_ago(then, then), "Less than a second ago");
    EXPECT_EQ(time_ago(then, then + 1h), "About an hour ago");
    EXPECT_EQ(time_ago(then, then + 24h * 21), "3 weeks ago");
}

TEST(Format, local_time_names_its_zone)
{
    setenv("TZ", "EST5", 1);
    tzset();
    EXPECT_EQ(local_time(Timestamp{1'700'000'000s}), "2023-11-14 17:13:20 -0500 EST");
    setenv("TZ", "UTC", 1);
    tzset();
    EXPECT_EQ(local_time(Timestamp{1'700'000'000s + 5ms}), "2023-11-14 22:13:20 +0000 UTC");
}

TEST(Format, a_long_text_ends_in_an_ellipsis)
{
    EXPECT_EQ(ellipsis("hello", 5), "hello");
    EXPECT_EQ(ellipsis("hello", 4), "hel…");
    EXPECT_EQ(ellipsis("hello", 1), "…");
    EXPECT_EQ(ellipsis("hello", 0), "");
    EXPECT_EQ(ellipsis("日本語", 4), "日…");
}

TEST(Format, a_short_digest_has_twelve_digits_and_no_algorithm)
{
    EXPECT_EQ(short_digest("sha256:0123456789abcdef0123"), "0123456789ab");
    EXPECT_EQ(short_digest("a123456789abcdef0123"), "a123456789ab");
}

} // namespace
} // namespace strata::cli
