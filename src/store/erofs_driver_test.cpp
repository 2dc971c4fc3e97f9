// SPDX-License-Identifier: Apache-2.0
//
// What erofs alone does: one mount of a stack for all containers of an image. The rest is in
// layer_driver_contract_test.cpp.
#include "store/layer_driver.hpp"
#include "store/layer_files.hpp"
#include "store/stacks.hpp"
#include "store/testing/test_store.hpp"
#include "sys/mount.hpp"
#include "testing/private_mounts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

namespace strata::store {
namespace {

using namespace testing;
using ::testing::IsEmpty;

class ErofsDriverTest : public ::testing::Test {
protected:
    ErofsDriverTest()
    {
        strata::testing::enter_private_mounts();
        add_image(store, {layer}, "web");
        store.collect();
    }
    ~ErofsDriverTest() override
    {
        for (const RootfsRequest& request : requests_) {
            store.driver().unmount(request);
        }
    }

    RootfsRequest mount(const std::string& name)
    {
        const Layout& layout = store.layout();
        sys::ensure_folders(layout.container(name));
        sys::ensure_folders(layout.run_container(name) / "rootfs");
        requests_.push_back({.chain = chain,
                             .container = layout.container(name),
                             .target = layout.run_container(name) / "rootfs"});
        store.driver().mount(requests_.back());
        return requests_.back();
    }
    bool is_stack_mounted() const { return sys::is_mount_point(store.layout().stack_mount(id)); }

private:
    TempDir dir_;
    std::vector<RootfsRequest> requests_;
    static StoreOptions erofs_in(const Path& folder)
    {
        StoreOptions options = options_for(folder);
        options.driver = "erofs";
        return options;
    }

protected:
    const BuiltLayer layer = TinyLayer{}.dir(".", 01711).owner(7, 8).file("a", "12345").build();
    const std::vector<oci::DiffId> chain{layer.diff_id()};
    const oci::ChainId id = Stacks::id_of(chain);
    Store store{erofs_in(dir_.path())};
};

TEST_F(ErofsDriverTest, containers_of_one_image_share_one_mount_until_the_last_has_gone)
{
    const RootfsRequest one = mount("one");
    const RootfsRequest two = mount("two");
    EXPECT_TRUE(is_stack_mounted());

    store.driver().unmount(one);
    EXPECT_TRUE(is_stack_mounted());
    EXPECT_EQ(sys::read_small_file(two.target / "a"), "12345");

    store.driver().unmount(two);
    EXPECT_FALSE(is_stack_mounted());
    EXPECT_THAT(names_in(store.layout().stack_mounts()), IsEmpty());
}

TEST_F(ErofsDriverTest, a_container_that_vanished_does_not_keep_the_mount)
{
    const RootfsRequest gone = mount("gone");
    const RootfsRequest other = mount("other");
    sys::unmount(gone.target);
    sys::remove_tree(gone.container); // and nobody told the driver

    store.driver().unmount(other);

    EXPECT_FALSE(is_stack_mounted());
}

TEST_F(ErofsDriverTest, a_damaged_stack_is_not_mounted_but_built_again)
{
    const Path file = store.layers().ensure_stack(chain);
    const std::string sound = sys::read_small_file(file);
    sys::write_all(sys::open_file(file, O_WRONLY | O_TRUNC), sound.substr(0, 600));

    const RootfsRequest request = mount("one");

    EXPECT_EQ(sys::read_small_file(request.target / "a"), "12345");
}

TEST_F(ErofsDriverTest, a_root_looks_as_the_image_says)
{
    const auto status = sys::find_status(mount("one").target);

    EXPECT_EQ(status->st_mode & 07777, 01711u);
    EXPECT_EQ(status->st_uid, 7u);
    EXPECT_EQ(status->st_gid, 8u);
}

TEST_F(ErofsDriverTest, a_running_container_outlives_its_image)
{
    const RootfsRequest request = mount("one");
    forget(store, store.images().get_as_written("web").id);
    store.collect();

    EXPECT_EQ(sys::read_small_file(request.target / "a"), "12345");
}

} // namespace
} // namespace strata::store
