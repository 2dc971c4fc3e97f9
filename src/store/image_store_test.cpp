// SPDX-License-Identifier: Apache-2.0
#include "store/image_store.hpp"
#include "store/testing/test_store.hpp"
#include "store/usage.hpp"
#include "testing/errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace strata::store {
namespace {

using namespace testing;
using strata::testing::FailsWith;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

oci::Reference ref(std::string_view text)
{
    return oci::Reference::parse(text);
}

class ImageStoreTest : public ::testing::Test {
private:
    TempDir dir_;

protected:
    Store store{options_for(dir_.path())};
    ImageStore& images = store.images();
    const BuiltLayer base = TinyLayer{}.file("a", "12345").build();
    const BuiltLayer above = TinyLayer{}.file("b", "123").build();
};

TEST_F(ImageStoreTest, says_of_an_image_what_its_config_says)
{
    const auto id =
        add_image(store, {base, above}, "web:1.4", {.labels = {{"a", "1"}, {"b", "2"}}});

    const Image image = images.find(id).value();

    EXPECT_EQ(image.id, id);
    EXPECT_THAT(image.layers, ElementsAre(base.diff_id(), above.diff_id()));
    EXPECT_EQ(image.size, 8u);
    EXPECT_EQ(image.created_ns, 1'704'067'200'000'000'000);
    EXPECT_THAT(image.references, ElementsAre(ref("web:1.4")));
    EXPECT_THAT(image.labels, ElementsAre(Pair("a", "1"), Pair("b", "2")));
    EXPECT_FALSE(image.parent);
    EXPECT_FALSE(image.manifest);
    EXPECT_EQ(images.config(id),
              config_of({base.diff_id(), above.diff_id()}, {.labels = {{"a", "1"}, {"b", "2"}}}));
}

TEST_F(ImageStoreTest, putting_an_image_again_changes_nothing)
{
    const auto id = add_image(store, {base}, "one");
    EXPECT_EQ(add_image(store, {base}, "two"), id);

    EXPECT_THAT(images.list(), SizeIs(1));
    EXPECT_THAT(images.find(id)->references, ElementsAre(ref("one:latest"), ref("two:latest")));
}

TEST_F(ImageStoreTest, the_same_layer_may_come_twice_in_an_image)
{
    const auto id = add_image(store, {base, above, base});

    EXPECT_THAT(images.find(id)->layers, SizeIs(3));
    EXPECT_EQ(images.find(id)->size, 13u);
}

TEST_F(ImageStoreTest, refuses_an_image_whose_layers_are_not_there)
{
    const Lease lease = store.lease();
    NewImage image;
    image.config = config_of({base.diff_id()});

    EXPECT_THAT([&] { images.put(image, lease); },
                FailsWith(Errc::not_found, HasSubstr(base.diff_id().str())));

    EXPECT_THAT(images.list(), IsEmpty());
    EXPECT_THAT(store.blobs().list(), IsEmpty());
    EXPECT_THAT(names_in(store.layout().blobs()), IsEmpty());
}

TEST_F(ImageStoreTest, refuses_what_is_no_config)
{
    const Lease lease = store.lease();
    NewImage image;
    image.config = "{\"rootfs\":";

    EXPECT_THAT([&] { images.put(image, lease); }, FailsWith(Errc::corrupt));
}

TEST_F(ImageStoreTest, keeps_the_manifest_and_the_blobs_that_an_image_came_with)
{
    const Lease lease = store.lease();
    add_layer(store, base, lease);
    NewImage image;
    image.config = config_of({base.diff_id()});
    image.manifest = "a manifest";
    image.blobs = {store.blobs().put("a compressed layer", lease).digest};

    const auto id = images.put(image, lease);

    EXPECT_EQ(images.find(id)->manifest, oci::BlobDigest{oci::Digest::of("a manifest")});
    EXPECT_THAT(store.blobs().list(), SizeIs(3));
}

TEST_F(ImageStoreTest, a_name_moves_and_says_from_whom)
{
    const auto one = add_image(store, {base}, "web");
    const auto two = add_image(store, {above});

    EXPECT_EQ(images.tag(two, ref("web:latest")), one);
    EXPECT_EQ(images.tag(two, ref("web")), std::nullopt) << "it had the name already";

    EXPECT_EQ(images.find(ref("web"))->id, two);
    EXPECT_THAT(images.find(one)->references, IsEmpty());
    EXPECT_THAT([&] { images.tag({oci::Digest::of("?")}, ref("web")); },
                FailsWith(Errc::not_found));
}

TEST_F(ImageStoreTest, lists_the_newest_first)
{
    const auto old = add_image(store, {base}, "old", {.created = "2020-01-01T00:00:00Z"});
    const auto young = add_image(store, {base}, "young", {.created = "2025-01-01T00:00:00.5Z"});
    const auto middle = add_image(store, {base}, "middle", {.created = "2022-01-01T00:00:00Z"});

    const auto list = images.list();

    ASSERT_THAT(list, SizeIs(3));
    EXPECT_EQ(list[0].id, young);
    EXPECT_EQ(list[1].id, middle);
    EXPECT_EQ(list[2].id, old);
    EXPECT_THAT(list[2].layers, ElementsAre(base.diff_id()));
}

TEST_F(ImageStoreTest, knows_the_children_of_an_image)
{
    const auto parent = add_image(store, {base});
    const Lease lease = store.lease();
    add_layer(store, above, lease);
    NewImage child;
    child.config = config_of({base.diff_id(), above.diff_id()});
    child.parent = parent;

    const auto id = images.put(child, lease);

    EXPECT_THAT(images.children(parent), ElementsAre(id));
    EXPECT_EQ(images.find(id)->parent, parent);
}

TEST_F(ImageStoreTest, untag_takes_one_name_away)
{
    const auto id = add_image(store, {base}, "web:1");
    images.tag(id, ref("web:2"));

    db::Transaction transaction{store.database()};
    EXPECT_TRUE(images.untag(transaction, ref("web:1")));
    EXPECT_FALSE(images.untag(transaction, ref("web:1")));
    EXPECT_THAT(images.find(id)->references, ElementsAre(ref("web:2")))
        << "seen inside the transaction";
    transaction.commit();
}

TEST_F(ImageStoreTest, a_held_image_stays_until_its_last_holder_has_gone)
{
    const auto id = add_image(store, {base}, "web");
    hold(store, id, "container:one");
    hold(store, id, "container:two");
    EXPECT_THAT(images.holders(id), ElementsAre("container:one", "container:two"));

    forget(store, id);
    store.collect();

    EXPECT_FALSE(images.find(id));
    EXPECT_FALSE(images.find(ref("web")));
    EXPECT_THAT(images.list(), IsEmpty());
    EXPECT_THAT(images.config(id), Not(IsEmpty()));
    EXPECT_TRUE(store.layers().find(base.diff_id()));

    release(store, "container:one");
    store.collect();
    EXPECT_TRUE(store.layers().find(base.diff_id()));

    release(store, "container:two");
    store.collect();
    EXPECT_FALSE(store.layers().find(base.diff_id()));
    EXPECT_THAT([&] { images.config(id); }, FailsWith(Errc::not_found));
}

TEST_F(ImageStoreTest, a_forgotten_image_comes_back_when_it_is_put_again)
{
    const auto id = add_image(store, {base}, "web");
    hold(store, id, "container:one");
    forget(store, id);

    add_image(store, {base}, "again");

    EXPECT_THAT(images.find(id)->references, ElementsAre(ref("again:latest")));
}

TEST_F(ImageStoreTest, nobody_can_hold_an_image_that_is_not_there)
{
    EXPECT_THAT([&] { hold(store, {oci::Digest::of("?")}, "container:one"); },
                FailsWith(Errc::not_found));
}

TEST_F(ImageStoreTest, a_holder_holds_one_image)
{
    const auto one = add_image(store, {base});
    const auto two = add_image(store, {above});
    hold(store, one, "container:x");
    hold(store, two, "container:x");

    EXPECT_THAT(images.holders(one), IsEmpty());
    EXPECT_THAT(images.holders(two), ElementsAre("container:x"));
}

TEST_F(ImageStoreTest, counts_what_images_share)
{
    const auto one = add_image(store, {base}, "one", {.created = "2024-01-02T00:00:00Z"});
    const auto two = add_image(store, {base, above}, "two");
    hold(store, one, "container:x");

    const Usage usage = disk_usage(store.database());

    ASSERT_THAT(usage.images, SizeIs(2));
    EXPECT_EQ(usage.images[0].id, one);
    EXPECT_EQ(usage.images[0].size, 5u);
    EXPECT_EQ(usage.images[0].shared_size, 5u);
    EXPECT_EQ(usage.images[0].holders, 1u);
    EXPECT_EQ(usage.images[1].id, two);
    EXPECT_EQ(usage.images[1].size, 8u);
    EXPECT_EQ(usage.images[1].shared_size, 5u);
    EXPECT_EQ(usage.layers_size, 8u);
    EXPECT_EQ(usage.reclaimable_size, 3u);
    EXPECT_GT(usage.disk_bytes, base.bytes().size() + above.bytes().size());
}

} // namespace
} // namespace strata::store
