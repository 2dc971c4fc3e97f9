// SPDX-License-Identifier: Apache-2.0
#include "cli/table.hpp"

#include <gmock/gmock.h>

namespace strata::cli {
namespace {

TEST(Table, a_column_is_as_wide_as_its_widest_cell_and_three_more)
{
    Table table;
    table.row({"REPOSITORY", "TAG", "SIZE"});
    table.row({"a-long-repository", "latest", "1.98MB"});

    EXPECT_EQ(table.text(), "REPOSITORY          TAG       SIZE\n"
                            "a-long-repository   latest    1.98MB\n");
}

TEST(Table, no_column_is_narrower_than_ten)
{
    EXPECT_EQ(align_tabs("a\tb\n"), "a         b\n");
}

TEST(Table, the_last_cell_is_never_padded)
{
    EXPECT_EQ(align_tabs("a\tb\nc\tlonger than the others\n"),
              "a         b\nc         longer than the others\n");
}

TEST(Table, an_empty_last_cell_leaves_the_padding_before_it)
{
    EXPECT_EQ(align_tabs("a\t\n"), "a         \n");
}

TEST(Table, lines_without_a_column_separate_those_that_have_it)
{
    EXPECT_EQ(align_tabs("aaaaaaaaaaaa\tb\nplain\na\tb\n"),
              "aaaaaaaaaaaa   b\nplain\na         b\n");
}

TEST(Table, wide_characters_count_twice_and_combining_ones_not_at_all)
{
    EXPECT_EQ(display_width("a日本"), 5U);
    EXPECT_EQ(display_width("e\xCC\x81"), 1U);
    EXPECT_EQ(align_tabs("日本日本日\tx\naaaaaaaaaa\tx\n"), "日本日本日   x\naaaaaaaaaa   x\n");
}

TEST(Table, bytes_that_are_no_utf8_take_one_column)
{
    EXPECT_EQ(display_width("\xFF\xC3"), 2U);
}

} // namespace
} // namespace strata::cli
