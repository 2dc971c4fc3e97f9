// SPDX-License-Identifier: Apache-2.0
#include "oci/media_type.hpp"
#include "testing/errors.hpp"

#include <gtest/gtest.h>

namespace strata::oci {
namespace {

using strata::testing::FailsWith;
using namespace media_type;

TEST(MediaType, of_a_layer_says_how_it_is_compressed)
{
    EXPECT_EQ(layer_type(kLayer), (LayerType{Family::oci, io::Compression::none}));
    EXPECT_EQ(layer_type(kLayerZstd), (LayerType{Family::oci, io::Compression::zstd}));
    EXPECT_EQ(layer_type(kDockerLayerGzip), (LayerType{Family::docker, io::Compression::gzip}));
    EXPECT_EQ(layer_type("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"),
              (LayerType{Family::docker, io::Compression::gzip, Distribution::restricted}));
    EXPECT_EQ(layer_type(kConfig), std::nullopt);
}

TEST(MediaType, of_every_layer_is_found_again)
{
    for (const Family family : {Family::oci, Family::docker}) {
        for (const auto compression :
             {io::Compression::none, io::Compression::gzip, io::Compression::zstd}) {
            const LayerType type{family, compression};
            EXPECT_EQ(layer_type(media_type_of(type)), type);
        }
    }
    EXPECT_THAT(
        [] {
            media_type_of({Family::oci, io::Compression::xz});
        },
        FailsWith(Errc::invalid_argument));
}

TEST(MediaType, has_a_type_and_a_subtype)
{
    EXPECT_TRUE(is_media_type(kDockerSchema1Signed));
    for (const char* text : {"", "a", "a/", "/b", "a/b/c", ".a/b", "a/.b", "a b/c"}) {
        EXPECT_FALSE(is_media_type(text)) << text;
    }
}

} // namespace
} // namespace strata::oci
