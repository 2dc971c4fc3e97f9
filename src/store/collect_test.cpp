// SPDX-License-Identifier: Apache-2.0
#include "store/stacks.hpp"
#include "store/testing/test_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace strata::store {
namespace {

using namespace testing;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class CollectTest : public ::testing::Test {
protected:
    void expect_empty()
    {
        EXPECT_THAT(names_in(store.layout().layers()), IsEmpty());
        EXPECT_THAT(names_in(store.layout().blobs()), IsEmpty());
        EXPECT_THAT(names_in(store.layout().stacks()), IsEmpty());
        EXPECT_THAT(names_in(store.layout().tmp()), IsEmpty());
        for (const char* table : {"layer", "blob", "image", "image_layer", "image_blob",
                                  "image_label", "name", "stack", "lease_object", "garbage"}) {
            EXPECT_EQ(store.database().query_one<int>(std::string{"SELECT count(*) FROM "} + table),
                      0)
                << table;
        }
    }

private:
    TempDir dir_;

protected:
    StoreOptions options = options_for(dir_.path());
    Store store{options};
    const BuiltLayer base = TinyLayer{}.file("a", "12345").build();
    const BuiltLayer above = TinyLayer{}.file("b", "123").build();
};

TEST_F(CollectTest, deletes_all_that_a_forgotten_image_had)
{
    const auto id = add_image(store, {base, above}, "web", {.labels = {{"a", "b"}}});
    store.layers().ensure_stack(store.images().find(id)->layers);
    forget(store, id);

    const Collected collected = store.collect();

    EXPECT_EQ(collected.layers, 2u);
    EXPECT_EQ(collected.blobs, 1u);
    EXPECT_EQ(collected.stacks, 1u);
    EXPECT_GE(collected.bytes, base.bytes().size() + above.bytes().size());
    expect_empty();
}

TEST_F(CollectTest, keeps_what_another_image_shares)
{
    const auto one = add_image(store, {base});
    const auto two = add_image(store, {base, above});
    forget(store, one);

    store.collect();

    EXPECT_TRUE(store.layers().find(base.diff_id()));
    EXPECT_TRUE(store.images().find(two));
    EXPECT_THAT(problems(store), IsEmpty());
}

TEST_F(CollectTest, keeps_what_a_living_lease_protects)
{
    {
        const Lease lease = store.lease();
        add_layer(store, base, lease);
        store.blobs().put("a blob", lease);

        store.collect();
        EXPECT_TRUE(store.layers().find(base.diff_id()));
        EXPECT_THAT(store.blobs().list(), SizeIs(1));
    }
    store.collect();
    expect_empty();
}

TEST_F(CollectTest, a_layer_held_again_survives_its_last_image)
{
    const auto id = add_image(store, {base});
    const Lease lease = store.lease();
    ASSERT_TRUE(store.layers().hold(base.diff_id(), lease));
    forget(store, id);

    store.collect();

    EXPECT_TRUE(store.layers().find(base.diff_id()));
}

TEST_F(CollectTest, a_stack_of_no_image_goes)
{
    const Lease lease = store.lease();
    add_layer(store, base, lease);
    const std::vector<oci::DiffId> chain{base.diff_id()};
    store.layers().ensure_stack(chain);

    EXPECT_EQ(store.collect().stacks, 1u);

    EXPECT_THAT(names_in(store.layout().stacks()), IsEmpty());
}

TEST_F(CollectTest, cleans_up_behind_a_killed_process)
{
    const pid_t child = ::fork();
    if (child == 0) {
        Store own{options};
        const Lease lease = own.lease();
        add_layer(own, base, lease); // published, but no image has it yet
        auto source = above.source();
        own.layers().receive(source, lease); // received, not published
        ::raise(SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    ASSERT_TRUE(store.layers().find(base.diff_id()));

    const Collected collected = store.collect();

    EXPECT_EQ(collected.layers, 1u);
    EXPECT_EQ(collected.leases, 1u);
    expect_empty();
}

TEST_F(CollectTest, a_layer_that_comes_back_meanwhile_stays)
{
    const auto id = add_image(store, {base});
    forget(store, id);
    // What collect() has done after its first transaction: the row is gone, the files are not.
    store.database().execute("DELETE FROM layer");

    add_image(store, {base}, "again");
    store.collect();

    EXPECT_THAT(problems(store), IsEmpty());
    EXPECT_TRUE(store.layers().find(base.diff_id()));
}

TEST_F(CollectTest, does_nothing_when_there_is_nothing)
{
    add_image(store, {base}, "web");
    store.collect(); // the lease of add_image()

    Store other{options}; // sees whether somebody writes
    const auto version = [&] {
        return other.database().query_one<std::int64_t>("PRAGMA data_version");
    };
    const auto before = version();
    const Collected collected = store.collect();

    EXPECT_EQ(collected.layers + collected.blobs + collected.stacks + collected.leases, 0u);
    EXPECT_EQ(version(), before);
}

} // namespace
} // namespace strata::store
