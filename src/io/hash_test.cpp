// SPDX-License-Identifier: Apache-2.0
#include "io/hash.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace strata::io {
namespace {

std::string hex(const std::vector<std::uint8_t>& bytes)
{
    std::string text;
    for (const std::uint8_t byte : bytes) {
        text += fmt::format("{:02x}", byte);
    }
    return text;
}

TEST(Hasher, gives_the_published_sha256_of_abc)
{
    Hasher hasher;
    hasher.update("abc");
    EXPECT_EQ(hex(hasher.finish()),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Hasher, gives_the_published_sha512_of_nothing)
{
    Hasher hasher{Hasher::Algorithm::sha512};
    EXPECT_EQ(hex(hasher.finish()),
              "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
              "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e");
}

TEST(Hasher, does_not_care_how_the_bytes_are_cut)
{
    const std::string text(100'000, 'x');
    Hasher whole;
    whole.update(text);
    Hasher pieces;
    for (std::size_t at = 0; at < text.size(); at += 777) {
        pieces.update(std::string_view{text}.substr(at, 777));
    }
    EXPECT_EQ(pieces.finish(), whole.finish());
}

TEST(Hasher, survives_being_moved_half_way)
{
    Hasher first;
    first.update("ab");
    Hasher second{std::move(first)};
    second.update("c");
    EXPECT_EQ(hex(second.finish()).substr(0, 8), "ba7816bf");
}

} // namespace
} // namespace strata::io
