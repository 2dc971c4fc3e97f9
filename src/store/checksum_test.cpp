// SPDX-License-Identifier: Apache-2.0
#include "store/checksum.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace strata::store {
namespace {

std::uint64_t checksum_of(std::string_view text)
{
    Checksum checksum;
    checksum.update(std::as_bytes(std::span{text}));
    return checksum.finish();
}

TEST(Checksum, does_not_depend_on_how_the_bytes_are_cut)
{
    std::string text;
    for (int i = 0; i < 301; ++i) {
        text += static_cast<char>(i * 7);
    }
    const std::uint64_t whole = checksum_of(text);

    for (const std::size_t piece : {1, 5, 31, 32, 33, 64, 100}) {
        Checksum checksum;
        for (std::size_t at = 0; at < text.size(); at += piece) {
            checksum.update(std::as_bytes(std::span{std::string_view{text}.substr(at, piece)}));
        }
        EXPECT_EQ(checksum.finish(), whole) << "in pieces of " << piece;
    }
}

TEST(Checksum, changes_with_every_single_bit_and_with_the_length)
{
    const std::string text(100, 'x');
    std::set<std::uint64_t> seen{checksum_of(text)};

    for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
        std::string flipped = text;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        EXPECT_TRUE(seen.insert(checksum_of(flipped)).second) << "bit " << bit;
    }
    for (std::size_t length = 0; length < text.size(); ++length) {
        EXPECT_TRUE(seen.insert(checksum_of(text.substr(0, length))).second) << "length " << length;
    }
    EXPECT_TRUE(seen.insert(checksum_of(text + '\0')).second) << "a zero more";
}

} // namespace
} // namespace strata::store
