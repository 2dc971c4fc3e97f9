// SPDX-License-Identifier: Apache-2.0
#include "store/blob_store.hpp"
#include "store/testing/test_store.hpp"
#include "testing/errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace strata::store {
namespace {

using namespace testing;
using strata::testing::FailsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class BlobStoreTest : public ::testing::Test {
protected:
    static constexpr std::string_view kText = "{\"schemaVersion\":2}";

private:
    TempDir dir_;

protected:
    Store store{options_for(dir_.path())};
    BlobStore& blobs = store.blobs();
    Lease lease = store.lease();
};

TEST_F(BlobStoreTest, returns_the_bytes_that_were_put)
{
    const Blob blob = blobs.put(kText, lease);

    EXPECT_EQ(blob.digest.value, oci::Digest::of(kText));
    EXPECT_EQ(blob.bytes, kText.size());
    EXPECT_EQ(blobs.read(blob.digest), kText);
    EXPECT_EQ(io::read_all(*blobs.open(blob.digest), 1000), kText);
    EXPECT_EQ(blobs.find(blob.digest)->bytes, kText.size());
}

TEST_F(BlobStoreTest, keeps_one_copy_when_the_same_bytes_are_put_twice)
{
    blobs.put(kText, lease);
    blobs.put(kText, lease);

    EXPECT_THAT(blobs.list(), SizeIs(1));
}

TEST_F(BlobStoreTest, stores_nothing_when_the_content_does_not_match_the_expected_digest)
{
    io::MemorySource source{kText};

    EXPECT_THAT([&] { blobs.put(source, lease, oci::BlobDigest{oci::Digest::of("promised")}); },
                FailsWith(Errc::corrupt, HasSubstr(oci::Digest::of(kText).str())));
    EXPECT_THAT(blobs.list(), IsEmpty());
}

TEST_F(BlobStoreTest, names_a_blob_by_sha512_when_that_is_what_was_expected)
{
    const auto digest = oci::Digest::parse(
        "sha512:"
        "ee26b0dd4af7e749aa1a8ee3c10ae9923f618980772e473f8819a5d4940e0db27ac185f8a0e1d5f84f88bc887"
        "fd67b143732c304cc5fa9ad8e6f57f50028a8ff");
    io::MemorySource source{std::string_view{"test"}};

    blobs.put(source, lease, oci::BlobDigest{digest});

    EXPECT_EQ(blobs.read({digest}), "test");
}

TEST_F(BlobStoreTest, a_layer_is_a_blob_by_its_diff_id)
{
    const BuiltLayer layer = TinyLayer{}.file("a", "x").build();
    add_layer(store, layer, lease);

    EXPECT_EQ(blobs.read({layer.digest()}), layer.bytes());
}

TEST_F(BlobStoreTest, notices_when_the_bytes_on_disk_are_others)
{
    const Blob blob = blobs.put(kText, lease);
    sys::write_all(sys::open_file(store.layout().blob(blob.digest), O_WRONLY), "X");

    EXPECT_THAT([&] { blobs.read(blob.digest); }, FailsWith(Errc::corrupt));
}

TEST_F(BlobStoreTest, says_which_blob_is_not_there)
{
    const oci::BlobDigest digest{oci::Digest::of("absent")};

    EXPECT_THAT([&] { blobs.open(digest); }, FailsWith(Errc::not_found, HasSubstr(digest.str())));
    EXPECT_FALSE(blobs.find(digest));
}

} // namespace
} // namespace strata::store
