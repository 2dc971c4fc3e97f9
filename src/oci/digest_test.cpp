// SPDX-License-Identifier: Apache-2.0
#include "oci/digest.hpp"
#include "testing/errors.hpp"

#include <gtest/gtest.h>

#include <array>
#include <unordered_set>

namespace strata::oci {
namespace {

using strata::testing::FailsWith;
using ::testing::HasSubstr;

constexpr std::string_view kHelloText =
    "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
constexpr Digest kHello =
    "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"_digest;

TEST(Digest, names_some_bytes)
{
    EXPECT_EQ(Digest::of("hello"), kHello);
    EXPECT_EQ(Digest::of("{}"), kEmptyJsonDigest);
    EXPECT_EQ(Digest::of(std::string(1024, '\0')), kEmptyLayer.value);
}

TEST(Digest, prints_as_it_is_parsed)
{
    const std::string sha512 = "sha512:" + std::string(127, 'a') + "0";

    EXPECT_EQ(Digest::parse(kHelloText).str(), kHelloText);
    EXPECT_EQ(Digest::parse(sha512).str(), sha512);
    EXPECT_EQ(fmt::format("{}", kHello), kHelloText);
    EXPECT_EQ(kHello.short_hex(), "2cf24dba5fb0");
}

TEST(Digest, refuses_every_other_spelling)
{
    const std::string hex(64, 'a');
    for (const std::string& text :
         {std::string{}, std::string{"sha256:"}, hex, "sha256:" + hex + "a",
          "sha256:" + hex.substr(1), "sha512:" + hex, "SHA256:" + hex, "md5:" + hex,
          "sha256:" + std::string(64, 'A'), "sha256:" + std::string(64, 'g'), " sha256:" + hex,
          "sha256-" + hex, "sha256:" + hex.substr(1) + '\0'}) {
        EXPECT_THAT([&] { Digest::parse(text); }, FailsWith(Errc::invalid_argument)) << text;
    }
}

TEST(Digest, an_error_quotes_the_text)
{
    EXPECT_THAT([] { Digest::parse("sha256:nope"); },
                FailsWith(Errc::invalid_argument, HasSubstr("'sha256:nope'")));
}

TEST(Digest, comes_from_what_a_hasher_gives)
{
    EXPECT_EQ(Digest::from_bytes(kHello.bytes()), kHello);
    EXPECT_THAT([] { Digest::from_bytes(kHello.bytes().first(31)); },
                FailsWith(Errc::invalid_argument));
}

TEST(Digest, can_be_a_key)
{
    const std::unordered_set<DiffId> ids{{kHello}, {kHello}, kEmptyLayer};

    EXPECT_EQ(ids.size(), 2u);
}

// sha256 over "<chain id below> <diff id>", as text: worked out with sha256sum.
TEST(ChainId, of_a_layer_covers_everything_below)
{
    const std::array chain{
        DiffId{"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"_digest},
        DiffId{"sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"_digest},
        DiffId{"sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"_digest}};

    const std::vector<ChainId> ids = chain_ids(chain);

    ASSERT_EQ(ids.size(), 3u);
    EXPECT_EQ(ids[0].value, chain[0].value);
    EXPECT_EQ(ids[1].str(),
              "sha256:ccd722928bd92476ba1745586fed6e45a102504185ad88cd89e01ff116fd146c");
    EXPECT_EQ(ids[2].str(),
              "sha256:c1377126441fb2f5ec2c21ae2a60255331d639e830f0ee1b40a36e52d4c40588");
    EXPECT_EQ(chain_id(chain), ids[2]);
}

TEST(ChainId, of_nothing_is_refused)
{
    EXPECT_THAT([] { chain_id(std::span<const DiffId>{}); }, FailsWith(Errc::invalid_argument));
}

} // namespace
} // namespace strata::oci
