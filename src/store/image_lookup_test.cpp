// SPDX-License-Identifier: Apache-2.0
#include "store/image_store.hpp"
#include "store/testing/test_store.hpp"
#include "testing/errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace strata::store {
namespace {

using namespace testing;
using strata::testing::FailsWith;
using ::testing::StartsWith;

class ImageLookup : public ::testing::Test {
protected:
    std::optional<oci::ImageId> found(std::string_view text) const
    {
        const auto image = images.find_as_written(text);
        return image ? std::optional{image->id} : std::nullopt;
    }
    /// An image without layers; each `n` another one.
    oci::ImageId add(int n, std::string_view name = {})
    {
        return add_image(store, {}, name, {.labels = {{"n", std::to_string(n)}}});
    }

private:
    TempDir dir_;

protected:
    Store store{options_for(dir_.path())};
    const ImageStore& images = store.images();
};

TEST_F(ImageLookup, by_name_as_people_shorten_it)
{
    const auto id = add(1, "busybox");

    for (const char* text :
         {"busybox", "busybox:latest", "library/busybox", "docker.io/busybox",
          "docker.io/library/busybox:latest", "index.docker.io/library/busybox"}) {
        EXPECT_EQ(found(text), id) << text;
    }
    EXPECT_EQ(found("busybox:1"), std::nullopt);
    EXPECT_EQ(found("other/busybox"), std::nullopt);
}

TEST_F(ImageLookup, by_id_whole_or_begun)
{
    const auto id = add(1);
    const std::string hex = id.hex();

    EXPECT_EQ(found(hex), id);
    EXPECT_EQ(found(id.str()), id);
    EXPECT_EQ(found(hex.substr(0, 12)), id);
    EXPECT_EQ(found(hex.substr(0, 1)), id);
    EXPECT_EQ(found("sha256:" + hex.substr(0, 7)), id);
    EXPECT_EQ(found(std::string(64, 'e')), std::nullopt);
    EXPECT_EQ(found("sha256:" + std::string(64, 'e')), std::nullopt);
}

TEST_F(ImageLookup, a_name_wins_over_the_beginning_of_an_id)
{
    const auto id = add(1);
    const auto named = add(2, id.hex().substr(0, 6));

    EXPECT_EQ(found(id.hex().substr(0, 6)), named);
    EXPECT_EQ(found(id.hex().substr(0, 7)), id);
}

TEST_F(ImageLookup, refuses_an_ambiguous_beginning)
{
    std::map<char, int> seen;
    char ambiguous = 0;
    for (int n = 0; ambiguous == 0; ++n) {
        const char first = add(n).hex()[0];
        ambiguous = ++seen[first] > 1 ? first : '\0';
    }

    EXPECT_THAT([&] { images.find_as_written(std::string(1, ambiguous)); },
                FailsWith(Errc::invalid_argument));
}

TEST_F(ImageLookup, by_digest_as_a_registry_gave_it)
{
    const Lease lease = store.lease();
    NewImage image;
    image.config = config_of({});
    image.manifest = "a manifest";
    const std::string digest = oci::Digest::of("a manifest").str();
    oci::ImageId id{oci::Digest::of("")};
    store.images().put_and_tag(image, oci::Reference::parse("web:1"), lease, &id);
    store.images().tag(id, oci::Reference::parse("pulled@" + digest));

    EXPECT_EQ(found("web@" + digest), id);
    EXPECT_EQ(found("pulled@" + digest), id);
    EXPECT_EQ(found("web:other@" + digest), id) << "the digest says more than the tag";
    EXPECT_EQ(found("elsewhere@" + digest), std::nullopt);
    EXPECT_EQ(found("web@" + oci::Digest::of("another").str()), std::nullopt);
}

TEST_F(ImageLookup, says_what_is_missing_as_docker_does)
{
    EXPECT_THAT([&] { images.get_as_written("nothing"); },
                FailsWith(Errc::not_found, std::string{"No such image: nothing:latest"}));
    EXPECT_THAT([&] { images.get_as_written("user/x:1"); },
                FailsWith(Errc::not_found, std::string{"No such image: user/x:1"}));
    EXPECT_THAT([&] { images.get_as_written("abc"); },
                FailsWith(Errc::not_found, std::string{"No such image: abc:latest"}));
    const std::string hex(64, 'e');
    const std::string id = "sha256:" + hex;
    EXPECT_THAT([&] { images.get_as_written(hex); },
                FailsWith(Errc::not_found, "No such image: " + id));
    EXPECT_THAT([&] { images.get_as_written(id); },
                FailsWith(Errc::not_found, "No such image: " + id));
}

TEST_F(ImageLookup, refuses_what_is_no_reference)
{
    EXPECT_THAT([&] { images.find_as_written("Web"); },
                FailsWith(Errc::invalid_argument, StartsWith("invalid reference format")));
    EXPECT_THAT([&] { images.find_as_written("a b"); },
                FailsWith(Errc::invalid_argument, StartsWith("invalid reference format")));
    EXPECT_THAT([&] { images.find_as_written(""); }, FailsWith(Errc::invalid_argument));
}

} // namespace
} // namespace strata::store
