// SPDX-License-Identifier: Apache-2.0
#include "base/size.hpp"
#include "testing/errors.hpp"

#include <gtest/gtest.h>

namespace strata {
namespace {

using strata::testing::FailsWith;
using ::testing::StrEq;

TEST(Size, is_read_as_docker_reads_it)
{
    EXPECT_EQ(parse_size("0"), 0u);
    EXPECT_EQ(parse_size("512"), 512u);
    EXPECT_EQ(parse_size("512b"), 512u);
    EXPECT_EQ(parse_size("64m"), 64u << 20);
    EXPECT_EQ(parse_size("64M"), 64u << 20);
    EXPECT_EQ(parse_size("1.5g"), 3u << 29);
    EXPECT_EQ(parse_size("10 KiB"), 10240u);
    EXPECT_EQ(parse_size("10kB"), 10240u);
    EXPECT_EQ(parse_size(".5k"), 512u);
    EXPECT_EQ(parse_size("2t"), std::uint64_t{2} << 40);
    EXPECT_EQ(parse_size("5kB", SizeUnits::decimal), 5000u);
    EXPECT_EQ(parse_size("5KiB", SizeUnits::decimal), 5000u);
}

TEST(Size, that_makes_no_sense_is_refused_in_dockers_words)
{
    for (const char* text : {"", "m", "-1", "1.2.3", "1  k", "nan", "0x10", "inf", "99999999p"}) {
        EXPECT_THAT(
            [&] { parse_size(text); },
            FailsWith(Errc::invalid_argument, StrEq(std::string{"invalid size: '"} + text + "'")));
    }
    EXPECT_THAT([] { parse_size("5zb"); },
                FailsWith(Errc::invalid_argument, StrEq("invalid suffix: 'zb'")));
    EXPECT_THAT([] { parse_size("5kbs"); }, FailsWith(Errc::invalid_argument));
    EXPECT_THAT([] { parse_size("5bb"); }, FailsWith(Errc::invalid_argument));
}

TEST(Size, is_shown_with_so_many_digits)
{
    EXPECT_EQ(human_size(0), "0B");
    EXPECT_EQ(human_size(999), "999B");
    EXPECT_EQ(human_size(1000), "1kB");
    EXPECT_EQ(human_size(4261550, 3), "4.26MB");
    EXPECT_EQ(human_size(4261550), "4.262MB");
    EXPECT_EQ(human_size(999900, 3), "1e+03kB"); // Docker's tables do show this
    EXPECT_EQ(binary_size(1024), "1KiB");
    EXPECT_EQ(binary_size(1610612736), "1.5GiB");
}

} // namespace
} // namespace strata
