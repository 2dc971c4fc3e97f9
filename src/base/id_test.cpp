// SPDX-License-Identifier: Apache-2.0
#include "base/id.hpp"
#include "base/words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace strata {
namespace {

using ::testing::MatchesRegex;

TEST(Id, is_64_hex_digits_and_never_the_same)
{
    const std::string id = random_id();

    EXPECT_THAT(id, MatchesRegex("[0-9a-f]{64}"));
    EXPECT_NE(id, random_id());
    EXPECT_EQ(short_id(id), id.substr(0, 12));
}

TEST(Name, is_two_words)
{
    EXPECT_THAT(random_name(), MatchesRegex("[a-z]+_[a-z]+"));
    EXPECT_THAT(random_name(1), MatchesRegex("[a-z]+_[a-z]+[0-9]"));
}

TEST(Name, words_are_sorted_and_unique)
{
    const auto strictly_sorted = [](const auto& words) {
        return std::ranges::adjacent_find(words, std::ranges::greater_equal{}) == words.end();
    };
    EXPECT_TRUE(strictly_sorted(words::kAdjectives));
    EXPECT_TRUE(strictly_sorted(words::kSurnames));
}

} // namespace
} // namespace strata
