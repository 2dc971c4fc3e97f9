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
    EXPECT_EQ(parse_layer_name("etc/.wh.motd").kind, LayerName::Kind::whiteout);
    EXPECT_THAT(parse_layer_name("etc/.wh.motd").components, ElementsAre("etc", "motd"));
    EXPECT_EQ(parse_layer_name("etc/.wh..wh..opq").kind, LayerName::Kind::opaque);
    EXPECT_THAT(parse_layer_name(".wh..wh..opq").components, IsEmpty());
    EXPECT_EQ(parse_layer_name("etc/.whale").kind, LayerName::Kind::entry);
}

TEST(LayerName, ignores_what_aufs_kept_for_itself)
{
    EXPECT_EQ(parse_layer_name(".wh..wh.orph").kind, LayerName::Kind::ignored);
    EXPECT_EQ(parse_layer_name(".wh..wh.plnk/1234.5").kind, LayerName::Kind::ignored);
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
}

} // namespace
} // namespace strata::io
