// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "io/layer_name.hpp"
#include "testing/errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace strata::io {
namespace {

using strata::testing::FailsWith;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(LayerName, drops_slashes_and_dots_that_say_nothing)
{
    EXPECT_THAT(parse_layer_name("./usr//bin/./env/").components, ElementsAre("usr", "bin", "env"));
    EXPECT_THAT(parse_layer_name("/etc/passwd").components, ElementsAre("etc", "passwd"));
    EXPECT_THAT(parse_layer_name("./").components, IsEmpty());
}

TEST(LayerName, tells_deletions_from_entries)
{
    EXPECT_EQ(parse_layer_name("etc/.wh.motd").kind, NameKind::whiteout);
    EXPECT_THAT(parse_layer_name("etc/.wh.motd").components, ElementsAre("etc", "motd"));
    EXPECT_EQ(parse_layer_name("etc/.wh..wh..opq").kind, NameKind::opaque);
    EXPECT_THAT(parse_layer_name(".wh..wh..opq").components, IsEmpty());
    EXPECT_EQ(parse_layer_name("etc/.whale").kind, NameKind::entry);
}

TEST(LayerName, hides_what_aufs_kept_for_itself)
{
    EXPECT_EQ(parse_layer_name(".wh..wh.orph").kind, NameKind::hidden);
    EXPECT_EQ(parse_layer_name(".wh..wh.plnk/1234.5").kind, NameKind::hidden);
    EXPECT_EQ(parse_layer_name(".wh..wh..opq/x").kind, NameKind::hidden);
}

TEST(LayerName, refuses_names_that_cannot_be)
{
    EXPECT_THAT([] { parse_layer_name("a/../../etc/passwd"); }, FailsWith(Errc::invalid_argument));
    EXPECT_THAT([] { parse_layer_name(".."); }, FailsWith(Errc::invalid_argument));
    EXPECT_THAT(
        [] {
            parse_layer_name(std::string_view{"a\0b", 3});
        },
        FailsWith(Errc::invalid_argument));
    EXPECT_THAT([] { parse_layer_name(std::string(256, 'x')); }, FailsWith(Errc::invalid_argument));
    EXPECT_THAT([] { parse_layer_name("a/.wh."); }, FailsWith(Errc::invalid_argument));
    EXPECT_THAT([] { parse_layer_name("a/.wh..."); }, FailsWith(Errc::invalid_argument));
    EXPECT_THAT([] { parse_layer_name(".wh.a/b"); }, FailsWith(Errc::invalid_argument));
    EXPECT_THAT([] { parse_layer_name(""); }, FailsWith(Errc::invalid_argument));
}

TEST(LayerName, cuts_before_the_last_component_that_says_something)
{
    EXPECT_EQ(cut_name("a/b/c").parents, "a/b");
    EXPECT_EQ(cut_name("a/b/c").last, "c");
    EXPECT_EQ(cut_name("a/b/.//").parents, "a");
    EXPECT_EQ(cut_name("a/b/.//").last, "b");
    EXPECT_EQ(cut_name("./").last, "");
    EXPECT_THAT([] { cut_name("a/.."); }, FailsWith(Errc::invalid_argument));
}

TEST(LayerName, knows_what_lies_below_what)
{
    EXPECT_TRUE(is_below("./a//b/c", "a/b/"));
    EXPECT_TRUE(is_below("a", "."));
    EXPECT_FALSE(is_below("a/b", "a/b"));
    EXPECT_FALSE(is_below("a", "a/b"));
    EXPECT_FALSE(is_below("ab/c", "a"));
}

} // namespace
} // namespace strata::io
