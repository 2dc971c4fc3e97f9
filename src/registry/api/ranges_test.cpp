// SPDX-License-Identifier: Apache-2.0
#include "registry/api/ranges.hpp"

#include <gmock/gmock.h>

namespace strata::registry::api {
namespace {

using Kind = RangeRequest::Kind;

TEST(Range, is_a_part_of_what_is_there)
{
    EXPECT_EQ(parse_range("bytes=500-1499", 2000).range, (ByteRange{500, 1000}));
    EXPECT_EQ(parse_range("bytes=500-", 2000).range, (ByteRange{500, 1500}));
    EXPECT_EQ(parse_range("bytes=-500", 2000).range, (ByteRange{1500, 500}));
    EXPECT_EQ(parse_range("bytes=0-0", 2000).range, (ByteRange{0, 1}));
}

TEST(Range, is_cut_off_at_the_end)
{
    EXPECT_EQ(parse_range("bytes=1999-5000", 2000).range, (ByteRange{1999, 1}));
    EXPECT_EQ(parse_range("bytes=-5000", 2000).range, (ByteRange{0, 2000}));
    EXPECT_EQ(parse_range("bytes=0-18446744073709551615", 2000).range, (ByteRange{0, 2000}));
    EXPECT_EQ(parse_range("bytes=5-99999999999999999999", 2000).range, (ByteRange{5, 1995}));
    EXPECT_EQ(parse_range("bytes=-99999999999999999999", 2000).range, (ByteRange{0, 2000}));
}

TEST(Range, cannot_be_satisfied_behind_the_end_or_backwards_or_malformed)
{
    for (const char* const field :
         {"bytes=2000-", "bytes=2000-2001", "bytes=500-0", "bytes=-0", "bytes=", "bytes=-",
          "bytes=a-b", "bytes=1-b", "bytes=--1", "bytes=1", "bytes=99999999999999999999-", "x"}) {
        EXPECT_EQ(parse_range(field, 2000).kind, Kind::unsatisfiable) << field;
    }
    EXPECT_EQ(parse_range("bytes=0-", 0).kind, Kind::unsatisfiable);
}

TEST(Range, of_another_unit_or_of_several_parts_means_the_whole)
{
    EXPECT_EQ(parse_range("items=0-1", 2000).kind, Kind::whole);
    EXPECT_EQ(parse_range("bytes=0-1,5-6", 2000).kind, Kind::whole);
}

TEST(ContentRange, comes_in_two_spellings)
{
    EXPECT_EQ(parse_content_range("0-1023"), (ByteRange{0, 1024}));
    EXPECT_EQ(parse_content_range("bytes 10-19/4096"), (ByteRange{10, 10}));
    EXPECT_EQ(parse_content_range("bytes 10-19/*"), (ByteRange{10, 10}));
}

TEST(ContentRange, that_is_malformed_is_none)
{
    for (const char* const field : {"", "-", "5", "5-", "-5", "9-0", "a-b", "bytes 0-1", "0-1-2",
                                    "0-9223372036854775808", "+0-1", "0x0-1"}) {
        EXPECT_EQ(parse_content_range(field), std::nullopt) << field;
    }
}

} // namespace
} // namespace strata::registry::api
