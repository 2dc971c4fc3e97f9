// SPDX-License-Identifier: Apache-2.0
//
// What every LayerDriver promises: erofs, overlay and vfs all run this whole file. The yardstick is
// unpack_merged(), which knows nothing of overlayfs or EROFS, and which GNU tar judges in
// apply_test.cpp.
#include "base/error.hpp"
#include "db/database.hpp"
#include "store/image_store.hpp"
#include "store/layer_driver.hpp"
#include "store/layer_store.hpp"
#include "store/store.hpp"
#include "store/vfs_driver.hpp"
#include "sys/file.hpp"
#include "sys/mount.hpp"
#include "testing/described_tree.hpp"
#include "testing/errors.hpp"
#include "testing/private_mounts.hpp"
#include "testing/random_tree.hpp"
#include "testing/temp_dir.hpp"
#include "testing/tiny_layer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>

#include <memory>
#include <string>
#include <vector>

namespace strata::store {
namespace {

using strata::testing::describe_tree;
using strata::testing::DescribedTree;
using strata::testing::differences;
using strata::testing::enter_private_mounts;
using strata::testing::RandomTree;
using strata::testing::RandomTreeOptions;
using strata::testing::TempDir;
using strata::testing::TinyLayer;
using ::testing::IsEmpty;

using Chain = std::vector<oci::DiffId>;

class LayerDriverContract : public ::testing::TestWithParam<const char*> {
protected:
    LayerDriverContract()
        : layout_{.root = dir_ / "data", .run_root = dir_ / "run"}
        , store_{StoreOptions{
              .layout = layout_, .driver = std::string{GetParam()}, .before_step = {}}}
        , lease_{store_.lease()}
    {
    }

    ~LayerDriverContract() override
    {
        for (const RootfsRequest& request : mounted_) {
            store_.driver().unmount(request);
        }
    }

    oci::DiffId layer(const TinyLayer& layer)
    {
        const auto built = layer.build();
        auto source = built.source();
        return store_.layers().publish(store_.layers().receive(source, lease_), lease_).diff_id;
    }

    RootfsRequest request(const Chain& chain, const std::string& container)
    {
        const RootfsRequest request{.chain = chain,
                                    .container = layout_.container(container),
                                    .target = layout_.run_container(container) / "rootfs"};
        sys::ensure_folders(request.container);
        sys::ensure_folders(request.target);
        return request;
    }

    sys::Path mount(const Chain& chain, const std::string& container = "c")
    {
        mounted_.push_back(request(chain, container));
        store_.driver().mount(mounted_.back());
        return mounted_.back().target;
    }

    /// The same layers as plain files, without any driver.
    DescribedTree unpacked(const Chain& chain)
    {
        const sys::Path target = dir_ / fmt::format("unpacked{}", next_++);
        sys::make_folder(target);
        unpack_merged(layout_, chain, target);
        return describe_tree(target);
    }

    static void SetUpTestSuite() { enter_private_mounts(); }

    static void write(const sys::Path& path, std::string_view text)
    {
        sys::write_all(sys::open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0644), text);
    }

    TempDir dir_;
    Layout layout_;
    Store store_;
    Lease lease_;
    std::vector<RootfsRequest> mounted_;
    int next_ = 0;
};

TinyLayer random_layer(std::uint64_t seed, const RandomTreeOptions& options)
{
    TinyLayer layer;
    const RandomTree random{seed, options};
    for (const auto& made : random.entries()) {
        layer.entry(made.entry, made.content);
    }
    return layer;
}

TEST_P(LayerDriverContract, shows_one_layer_as_it_is)
{
    const Chain chain{layer(random_layer(7, {.entries = 400}).dir("./", 0711))};

    const sys::Path root = mount(chain);

    EXPECT_THAT(differences(describe_tree(root), unpacked(chain)), IsEmpty());
}

TEST_P(LayerDriverContract, shows_many_layers_as_one_tree)
{
    // Two things that overlayfs shows otherwise have no place here: the link count of a file of
    // which one name is gone, and a deletion of nothing in a folder that no other layer has.
    const RandomTreeOptions options{.entries = 300, .hard_links = false, .odd_names = false};
    const RandomTree lowest{1, options};
    TinyLayer deletions;
    for (std::size_t i = 0; i < lowest.entries().size(); i += 7) {
        const io::TarEntry& entry = lowest.entries()[i].entry;
        if (entry.type != io::EntryType::directory) {
            deletions.whiteout(entry.path);
        }
    }
    Chain chain{layer(random_layer(1, options).dir("./", 0755)), layer(deletions)};
    for (std::uint64_t seed = 2; seed <= 6; ++seed) {
        chain.push_back(layer(random_layer(
            seed, {.entries = 120, .hard_links = false, .odd_names = false, .duplicates = true})));
    }

    const sys::Path root = mount(chain);

    EXPECT_THAT(differences(describe_tree(root), unpacked(chain)), IsEmpty());
}

TEST_P(LayerDriverContract, applies_deletions)
{
    const Chain chain{layer(TinyLayer{}
                                .dir("./")
                                .dir("d")
                                .file("d/old")
                                .file("gone")
                                .dir("again")
                                .file("again/old")
                                .dir("e")
                                .file("e/x")
                                .symlink("s", "d")),
                      layer(TinyLayer{}
                                .opaque("d")
                                .file("d/new")
                                .whiteout("gone")
                                .whiteout("again")
                                .dir("again")
                                .file("again/new")
                                .file("s/x"))};

    const sys::Path root = mount(chain);

    EXPECT_FALSE(sys::find_status(root / "d/old"));
    EXPECT_TRUE(sys::find_status(root / "d/new"));
    EXPECT_FALSE(sys::find_status(root / "gone"));
    EXPECT_FALSE(sys::find_status(root / "again/old"));
    EXPECT_TRUE(sys::find_status(root / "again/new"));
    EXPECT_TRUE(sys::find_status(root / "e/x"));
    EXPECT_TRUE(sys::find_status(root / "s/x")) << "a folder took the symlink's place";
    EXPECT_FALSE(sys::find_status(root / "d/x")) << "nothing was written through the symlink";
}

TEST_P(LayerDriverContract, keeps_a_folders_own_metadata_where_a_higher_layer_only_implies_it)
{
    const Chain chain{layer(TinyLayer{}
                                .dir("./")
                                .dir("opt", 0700)
                                .owner(5, 6)
                                .dir("opt/in", 0711)
                                .owner(7, 8)
                                .mtime(1000)),
                      layer(TinyLayer{}.file("opt/in/file", "x"))};

    const sys::Path root = mount(chain);

    const DescribedTree tree = describe_tree(root);
    EXPECT_EQ(tree.at("opt").substr(0, 10), "040700 5:6");
    EXPECT_EQ(tree.at("opt/in"), "040711 7:8 1000.000000000");
}

TEST_P(LayerDriverContract, keeps_hard_links_within_a_layer)
{
    const Chain chain{
        layer(TinyLayer{}.file("a", "x").hardlink("b", "a").dir("d").hardlink("d/c", "b"))};

    const sys::Path root = mount(chain);

    const auto a = *sys::find_status(root / "a");
    const auto c = *sys::find_status(root / "d/c");
    EXPECT_EQ(a.st_ino, c.st_ino);
    EXPECT_EQ(a.st_nlink, 3u);
}

TEST_P(LayerDriverContract, containers_of_one_image_do_not_see_each_other)
{
    const Chain chain{layer(TinyLayer{}.dir("./").file("shared", "from the image"))};
    const sys::Path one = mount(chain, "one");
    const sys::Path other = mount(chain, "other");

    write(one / "shared", "changed by one");
    write(one / "new", "x");

    EXPECT_EQ(sys::read_small_file(other / "shared"), "from the image");
    EXPECT_FALSE(sys::find_status(other / "new"));
    EXPECT_EQ(sys::read_small_file(one / "shared"), "changed by one");
}

TEST_P(LayerDriverContract, keeps_what_a_container_wrote_while_it_is_not_mounted)
{
    const Chain chain{layer(TinyLayer{}.dir("./").file("gone").file("kept"))};
    const sys::Path root = mount(chain);
    write(root / "new", "still here");
    sys::remove_file(root / "gone");

    store_.driver().unmount(mounted_.back());
    EXPECT_FALSE(sys::find_status(root / "new"));
    store_.driver().mount(mounted_.back());

    EXPECT_EQ(sys::read_small_file(root / "new"), "still here");
    EXPECT_FALSE(sys::find_status(root / "gone"));
    EXPECT_TRUE(sys::find_status(root / "kept"));
}

TEST_P(LayerDriverContract, records_changes_where_diff_and_commit_look_for_them)
{
    const Chain chain{layer(TinyLayer{}.dir("./").dir("etc").file("etc/gone").file("kept"))};
    const sys::Path root = mount(chain);
    write(root / "etc/new", "x");
    sys::remove_file(root / "etc/gone");

    const sys::Path container = layout_.container("c");
    if (const auto upper = store_.driver().upper_folder(container)) {
        EXPECT_TRUE(sys::find_status(*upper / "etc/new"));
        EXPECT_TRUE(S_ISCHR(sys::find_status(*upper / "etc/gone")->st_mode));
        EXPECT_FALSE(sys::find_status(*upper / "kept"));
    } else {
        const sys::Path tree = store_.driver().root_folder(container).value();
        EXPECT_TRUE(sys::find_status(tree / "etc/new"));
        EXPECT_FALSE(sys::find_status(tree / "etc/gone"));
        EXPECT_TRUE(sys::find_status(tree / "kept"));
    }
}

TEST_P(LayerDriverContract, mounting_and_unmounting_twice_is_the_same_as_once)
{
    const Chain chain{layer(TinyLayer{}.dir("./").file("a"))};
    const sys::Path root = mount(chain);

    store_.driver().mount(mounted_.back());
    EXPECT_TRUE(sys::find_status(root / "a"));
    store_.driver().unmount(mounted_.back());
    store_.driver().unmount(mounted_.back());

    EXPECT_FALSE(sys::is_mount_point(root));
}

TEST_P(LayerDriverContract, one_container_keeps_its_root_when_another_of_the_same_image_ends)
{
    const Chain chain{layer(TinyLayer{}.dir("./").file("a", "x"))};
    const sys::Path one = mount(chain, "one");
    const RootfsRequest other = request(chain, "other");
    store_.driver().mount(other);

    store_.driver().unmount(other);

    EXPECT_EQ(sys::read_small_file(one / "a"), "x");
}

TEST_P(LayerDriverContract, gives_a_root_to_an_image_without_layers)
{
    const sys::Path root = mount({});

    write(root / "first", "x");

    EXPECT_EQ(sys::read_small_file(root / "first"), "x");
}

TEST_P(LayerDriverContract, knows_no_limit_of_layers)
{
    Chain chain;
    for (int i = 0; i < 510; ++i) {
        chain.push_back(layer(
            TinyLayer{}.file(fmt::format("from{}", i), "x").file("last", fmt::format("{}", i))));
    }

    const sys::Path root = mount(chain);

    EXPECT_EQ(sys::read_small_file(root / "last"), "509");
    EXPECT_EQ(describe_tree(root).size(), 512u);
}

INSTANTIATE_TEST_SUITE_P(Drivers, LayerDriverContract, ::testing::Values("erofs", "overlay", "vfs"),
                         [](const auto& driver) { return std::string{driver.param}; });

} // namespace
} // namespace strata::store
