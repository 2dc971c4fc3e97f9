// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "cli/listing.hpp"
#include "testing/errors.hpp"

#include <gmock/gmock.h>

namespace strata::cli {
namespace {

using strata::testing::FailsWith;

constexpr ListField kFields[] = {
    {"ID", "IMAGE ID"}, {"Repository", "REPOSITORY"}, {"Size", "SIZE"}};
constexpr std::string_view kDefault = "table {{.Repository}}\t{{.ID}}\t{{.Size}}";

std::string listed(std::string_view format)
{
    Listing listing{format, kDefault, kFields};
    listing.add(
        {.values = {"abc", "busy<box", "1.98MB"}, .labels = {{"com.example.built-by", "me"}}});
    listing.add({.values = {"def", "debian", "164MB"}});
    return listing.text();
}

TEST(Listing, is_a_table_unless_told_otherwise)
{
    const std::string table = "REPOSITORY   IMAGE ID   SIZE\n"
                              "busy<box     abc        1.98MB\n"
                              "debian       def        164MB\n";

    EXPECT_EQ(listed(""), table);
    EXPECT_EQ(listed("table"), table);
}

TEST(Listing, a_table_has_its_header_even_without_rows)
{
    EXPECT_EQ(Listing("", kDefault, kFields).text(), "REPOSITORY   IMAGE ID   SIZE\n");
}

TEST(Listing, a_table_of_ones_own_takes_a_backslash_and_a_t_for_a_tab)
{
    EXPECT_EQ(listed("table {{.ID}}\\t{{lower .Size}}"), "IMAGE ID   SIZE\n"
                                                         "abc        1.98mb\n"
                                                         "def        164mb\n");
}

TEST(Listing, a_table_shows_no_control_characters_of_strangers)
{
    Listing listing{"table {{.ID}}", kDefault, kFields};
    listing.add({.values = {"\x1b[2Jabc\x7f", "", ""}});

    EXPECT_EQ(listing.text(), "IMAGE ID\n?[2Jabc?\n");
}

TEST(Listing, json_has_a_line_for_each_row_with_its_fields_by_name)
{
    EXPECT_EQ(listed("json"),
              "{\"ID\":\"abc\",\"Repository\":\"busy\\u003cbox\",\"Size\":\"1.98MB\"}\n"
              "{\"ID\":\"def\",\"Repository\":\"debian\",\"Size\":\"164MB\"}\n");
}

TEST(Listing, a_template_has_no_header_and_no_columns)
{
    EXPECT_EQ(listed("{{.ID}}\t{{.Size}}"), "abc\t1.98MB\ndef\t164MB\n");
}

TEST(Listing, labels_are_asked_for_by_name)
{
    EXPECT_EQ(listed("{{.Label \"com.example.built-by\"}}"), "me\n\n");
    EXPECT_EQ(listed("table {{.ID}}\t{{.Label \"com.example.built-by\"}}"), "IMAGE ID   built by\n"
                                                                            "abc        me\n"
                                                                            "def        \n");
}

TEST(Listing, knows_which_fields_cost_something)
{
    EXPECT_TRUE(Listing("", kDefault, kFields).uses("Size"));
    EXPECT_TRUE(Listing("json", kDefault, kFields).uses("Size"));
    EXPECT_TRUE(Listing("{{json .}}", kDefault, kFields).uses("Size"));
    EXPECT_TRUE(Listing("{{json $}}", kDefault, kFields).uses("Size"));
    EXPECT_FALSE(Listing("{{.ID}}", kDefault, kFields).uses("Size"));
    EXPECT_FALSE(Listing("json", kDefault, kFields).names("Size"));
}

TEST(Listing, a_field_that_is_not_there_is_refused_with_those_that_are)
{
    EXPECT_THAT(
        [] { listed("{{.Foo}}"); },
        FailsWith(Errc::conflict,
                  ::testing::HasSubstr(
                      "can't evaluate field Foo in type row, which has .ID .Repository .Size")));
}

TEST(Listing, fields_can_be_checked_where_there_are_no_rows)
{
    EXPECT_THAT([] { Listing("{{.Foo}}", kDefault, kFields).check_fields(); },
                FailsWith(Errc::conflict, ::testing::HasSubstr("can't evaluate field Foo")));
    Listing("{{slice .ID 0 2}}", kDefault, kFields).check_fields();
}

TEST(Listing, a_table_of_ones_own_needs_no_blank)
{
    EXPECT_EQ(listed("table{{.ID}}"), "IMAGE ID\nabc\ndef\n");
}

} // namespace
} // namespace strata::cli
