// SPDX-License-Identifier: Apache-2.0
#include "registry/names.hpp"

#include <gtest/gtest.h>

#include <string>

namespace strata::registry {
namespace {

TEST(RepositoryName, AcceptsWhatTheSpecificationDoes)
{
    for (const char* name : {"a", "0", "library/ubuntu", "a.b_c__d-e---f/g", "a/b/c/d/e/f"}) {
        EXPECT_TRUE(is_repository_name(name)) << name;
    }
    EXPECT_TRUE(is_repository_name(std::string(255, 'a')));
}

TEST(RepositoryName, RefusesEverythingElse)
{
    for (const char* name : {"", "/", "a/", "/a", "a//b", "A", "a..b", "a___b", "a._b", "_a", "a-",
                             ".", "..", "a/../b", "a b", "a:b", "a@b", "\xc3\xa4", "a/.b"}) {
        EXPECT_FALSE(is_repository_name(name)) << name;
    }
    EXPECT_FALSE(is_repository_name(std::string(256, 'a')));
    EXPECT_FALSE(is_repository_name(std::string_view{"a\0b", 3}));
}

TEST(TagName, IsAWordWithDotsAndHyphens)
{
    for (const char* tag : {"latest", "1.0", "_x", "A-b.C_d", "sha256-abc"}) {
        EXPECT_TRUE(is_tag_name(tag)) << tag;
    }
    EXPECT_TRUE(is_tag_name(std::string(128, 'x')));
    for (const char* tag : {"", ".a", "-a", "a/b", "a:b", "a b", "\xc3\xa4"}) {
        EXPECT_FALSE(is_tag_name(tag)) << tag;
    }
    EXPECT_FALSE(is_tag_name(std::string(129, 'x')));
}

} // namespace
} // namespace strata::registry
