// SPDX-License-Identifier: Apache-2.0
//
// What every LayerDriver promises. Each driver runs this whole file by its name at the bottom; a
// promise that only one of them keeps belongs in that driver's own test. The yardstick is the model
// of what archives mean that judges the indexes too.
#include "erofs/testing/model_tree.hpp"
#include "store/layer_driver.hpp"
#include "store/testing/test_store.hpp"
#include "sys/folder_reader.hpp"
#include "sys/mount.hpp"
#include "sys/node.hpp"
#include "sys/xattr.hpp"
#include "testing/described_tree.hpp"
#include "testing/errors.hpp"
#include "testing/private_mounts.hpp"
#include "testing/random_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <optional>
#include <string>
#include <vector>

namespace strata::store::testing {
namespace {

using erofs::testing::ModelTree;
using strata::testing::describe_tree;
using strata::testing::DescribedTree;
using strata::testing::differences;
using strata::testing::FailsWith;
using strata::testing::RandomTree;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LayerDriverContract : public ::testing::TestWithParam<std::string> {
protected:
    static void SetUpTestSuite() { strata::testing::enter_private_mounts(); }

    void TearDown() override
    {
        for (const RootfsRequest& request : requests_) {
            driver().unmount(request);
        }
    }

    LayerDriver& driver() { return store_.driver(); }

    oci::DiffId add(const TinyLayer& layer)
    {
        return add_layer(store_, layer.build(), lease_).diff_id;
    }

    /// A new container of these layers, lowest first, not mounted yet.
    RootfsRequest container(std::vector<oci::DiffId> chain)
    {
        const std::string id = fmt::format("c{}", requests_.size());
        RootfsRequest request{.chain = std::move(chain),
                              .container = store_.layout().container(id),
                              .target = store_.layout().run_container(id) / "root"};
        sys::ensure_folders(request.container);
        sys::ensure_folders(request.target);
        requests_.push_back(request);
        return request;
    }

    sys::Path mounted(std::vector<oci::DiffId> chain)
    {
        const RootfsRequest request = container(std::move(chain));
        driver().mount(request);
        return request.target;
    }

    TempDir dir_;
    Store store_{[this] {
        StoreOptions options = options_for(dir_.path());
        options.driver = GetParam();
        return options;
    }()};
    Lease lease_ = store_.lease();
    std::vector<RootfsRequest> requests_;
};

void write(const sys::Path& path, std::string_view text)
{
    sys::write_all(sys::open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0644), text);
}

bool is_there(const sys::Path& path)
{
    return sys::find_status(path).has_value();
}

struct ::stat stat_of(const sys::Path& path)
{
    return sys::find_status(path).value();
}

std::vector<std::string> names(const sys::Path& folder)
{
    return sys::sorted_names(sys::open_file(folder, O_RDONLY | O_DIRECTORY));
}

/// Without what is between two spaces and begins with `field`.
DescribedTree without(DescribedTree tree, const std::string& field)
{
    for (auto& [path, line] : tree) {
        if (const std::size_t at = line.find(" " + field); at != line.npos) {
            line.erase(at, std::min(line.find(' ', at + 1), line.size()) - at);
        }
    }
    return tree;
}

TEST_P(LayerDriverContract, has_its_name)
{
    EXPECT_EQ(driver().name(), GetParam());
    EXPECT_FALSE(driver().status().empty() && driver().needs_namespace());
}

TEST_P(LayerDriverContract, shows_every_kind_of_file_as_the_archive_has_it)
{
    const sys::Path root = mounted({add(TinyLayer{}
                                            .dir("./", 0751)
                                            .owner(3, 4)
                                            .file("suid", "program", 04755)
                                            .owner(1000, 1001)
                                            .mtime(-5, 123456789)
                                            .xattr("user.comment", "hello")
                                            .hardlink("same", "suid")
                                            .owner(1000, 1001)
                                            .symlink("link", "/nowhere/at all")
                                            .fifo("pipe", 0600)
                                            .device("zero", 1, 5)
                                            .block_device("disk", 8, 300)
                                            .dir("sticky", 01777)
                                            .file("sticky/empty"))});

    EXPECT_EQ(stat_of(root).st_mode & 07777U, 0751U);
    EXPECT_EQ(stat_of(root).st_gid, 4U);
    EXPECT_EQ(sys::read_small_file(root / "suid"), "program");
    EXPECT_EQ(stat_of(root / "suid").st_uid, 1000U);
    EXPECT_EQ(stat_of(root / "suid").st_gid, 1001U);
    EXPECT_EQ(sys::find_xattr(root / "suid", "user.comment"), "hello");
    EXPECT_EQ(stat_of(root / "same").st_nlink, 2U);
    EXPECT_EQ(stat_of(root / "same").st_ino, stat_of(root / "suid").st_ino);
    EXPECT_EQ(std::filesystem::read_symlink(root / "link"), "/nowhere/at all");
    EXPECT_EQ(stat_of(root / "pipe").st_mode, S_IFIFO | 0600U);
    EXPECT_EQ(stat_of(root / "zero").st_rdev, ::makedev(1, 5));
    EXPECT_EQ(stat_of(root / "disk").st_rdev, ::makedev(8, 300));
    EXPECT_TRUE(S_ISBLK(stat_of(root / "disk").st_mode));
    EXPECT_EQ(stat_of(root / "sticky").st_mode & 07777U, 01777U);
    EXPECT_EQ(stat_of(root / "sticky").st_mtim.tv_sec, 1'577'836'800);
    EXPECT_EQ(stat_of(root / "sticky/empty").st_size, 0);
}

TEST_P(LayerDriverContract, keeps_times_to_the_nanosecond_and_before_1970)
{
    const sys::Path root = mounted({add(TinyLayer{}.file("old").mtime(-5, 123456789))});

    EXPECT_EQ(stat_of(root / "old").st_mtim.tv_sec, -5);
    EXPECT_EQ(stat_of(root / "old").st_mtim.tv_nsec, 123456789);
}

TEST_P(LayerDriverContract, hides_what_a_layer_deletes_and_what_an_opaque_folder_covers)
{
    const oci::DiffId low = add(TinyLayer{}
                                    .file("gone")
                                    .file("kept")
                                    .dir("full")
                                    .file("full/a")
                                    .file("full/b")
                                    .dir("tree")
                                    .file("tree/x"));
    const oci::DiffId high = add(TinyLayer{}
                                     .whiteout("gone")
                                     .whiteout("never-there")
                                     .dir("full")
                                     .file("full/before")
                                     .opaque("full")
                                     .file("full/after")
                                     .whiteout("tree")
                                     .file("tree/new"));

    const sys::Path root = mounted({low, high});

    EXPECT_THAT(names(root), ElementsAre("full", "kept", "tree"));
    EXPECT_THAT(names(root / "full"), ElementsAre("after", "before"));
    EXPECT_THAT(names(root / "tree"), ElementsAre("new"));
}

TEST_P(LayerDriverContract, an_opaque_root_hides_everything_below)
{
    const oci::DiffId low = add(TinyLayer{}.file("a/b/c").file("x"));
    const oci::DiffId high = add(TinyLayer{}.file("x", "new").opaque(""));

    const sys::Path root = mounted({low, high});

    EXPECT_THAT(names(root), ElementsAre("x"));
    EXPECT_EQ(sys::read_small_file(root / "x"), "new");
}

TEST_P(LayerDriverContract, lets_later_layers_win_whatever_they_put_in_place_of_what)
{
    const oci::DiffId low = add(TinyLayer{}
                                    .file("file", "low")
                                    .dir("folder")
                                    .file("folder/x")
                                    .symlink("link", "folder")
                                    .file("a")
                                    .file("b", "b"));
    const oci::DiffId high = add(TinyLayer{}
                                     .dir("file")
                                     .file("file/inside")
                                     .file("folder", "now a file")
                                     .dir("link")
                                     .file("link/y")
                                     .hardlink("a", "link/y"));

    const sys::Path root = mounted({low, high});

    EXPECT_TRUE(is_there(root / "file/inside"));
    EXPECT_EQ(sys::read_small_file(root / "folder"), "now a file");
    EXPECT_TRUE(S_ISDIR(stat_of(root / "link").st_mode));
    EXPECT_EQ(stat_of(root / "a").st_ino, stat_of(root / "link/y").st_ino);
    EXPECT_EQ(sys::read_small_file(root / "b"), "b");
}

TEST_P(LayerDriverContract, takes_a_folders_attributes_from_the_topmost_layer_that_names_it)
{
    const oci::DiffId low = add(TinyLayer{}
                                    .dir("named", 0700)
                                    .dir("implied", 0711)
                                    .owner(5, 6)
                                    .mtime(1000)
                                    .dir("implied/deep", 0500)
                                    .mtime(2000));
    const oci::DiffId high = add(TinyLayer{}.dir("named", 0750).file("implied/deep/new"));

    const sys::Path root = mounted({low, high});

    EXPECT_EQ(stat_of(root / "named").st_mode & 07777U, 0750U);
    EXPECT_EQ(stat_of(root / "implied").st_mode & 07777U, 0711U);
    EXPECT_EQ(stat_of(root / "implied").st_uid, 5U);
    EXPECT_EQ(stat_of(root / "implied").st_mtim.tv_sec, 1000);
    EXPECT_EQ(stat_of(root / "implied/deep").st_mode & 07777U, 0500U);
    EXPECT_EQ(stat_of(root / "implied/deep").st_mtim.tv_sec, 2000);
    EXPECT_TRUE(is_there(root / "implied/deep/new"));
}

/// Random archives against a model of what they mean.
class RandomLayers {
public:
    RandomLayers(std::uint64_t seed, std::size_t layers)
    {
        for (std::size_t i = 0; i < layers; ++i) {
            add_layer(RandomTree{seed * 100 + i,
                                 {.entries = 80, .whiteouts = i > 0, .duplicates = true}});
        }
    }
    const std::vector<TinyLayer>& layers() const { return layers_; }
    DescribedTree expected() const
    {
        return without(ModelTree::stack(models_).describe_all(), "trusted.overlay.strata.implied=");
    }

private:
    void add_layer(const RandomTree& tree)
    {
        TinyLayer layer;
        ModelTree model;
        for (const strata::testing::TreeEntry& member : tree.entries()) {
            if (model.apply(member)) {
                layer.entry(member.entry, member.content);
            }
        }
        layers_.push_back(std::move(layer));
        models_.push_back(std::move(model));
    }

    std::vector<TinyLayer> layers_;
    std::vector<ModelTree> models_;
};

TEST_P(LayerDriverContract, shows_what_random_archives_mean)
{
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const RandomLayers random{seed, 1 + seed % 4};
        std::vector<oci::DiffId> chain;
        for (const TinyLayer& layer : random.layers()) {
            chain.push_back(add(layer));
        }

        DescribedTree shown = describe_tree(mounted(chain));

        DescribedTree expected = random.expected();
        if (GetParam() ==
            "overlay") { // it counts the links of a file that a layer above has hidden
            shown = without(std::move(shown), "links=");
            expected = without(std::move(expected), "links=");
        }
        EXPECT_THAT(differences(shown, expected), IsEmpty()) << "seed " << seed;
    }
}

TEST_P(LayerDriverContract, a_folder_that_a_layer_deletes_and_only_implies_again_is_a_new_one)
{
    const oci::DiffId low = add(TinyLayer{}
                                    .dir("gone", 0700)
                                    .owner(5, 6)
                                    .xattr("user.old", "x")
                                    .dir("gone/deep", 0711)
                                    .owner(7, 8)
                                    .dir("full", 0700)
                                    .dir("full/deep", 0711)
                                    .owner(7, 8));
    const oci::DiffId high = add(TinyLayer{}
                                     .file("gone/deep/new")
                                     .whiteout("gone")
                                     .file("full/deep/new")
                                     .opaque("full")
                                     .opaque("never/there"));

    const sys::Path root = mounted({low, high});

    for (const char* path : {"gone", "gone/deep", "full/deep", "never/there"}) {
        EXPECT_EQ(stat_of(root / path).st_mode & 07777U, 0755U) << path;
        EXPECT_EQ(stat_of(root / path).st_uid, 0U) << path;
        EXPECT_EQ(stat_of(root / path).st_mtim.tv_sec, 0) << path;
    }
    EXPECT_FALSE(sys::find_xattr(root / "gone", "user.old"));
    EXPECT_EQ(stat_of(root / "full").st_mode & 07777U, 0700U);
}

TEST_P(LayerDriverContract, the_last_header_says_all_the_attributes_of_a_file)
{
    const std::string capability{"\1\0\0\2\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20};
    const sys::Path root = mounted({add(TinyLayer{}
                                            .dir("folder")
                                            .xattr("user.first", "1")
                                            .dir("folder")
                                            .xattr("user.second", "2")
                                            .file("file")
                                            .xattr("user.first", "1")
                                            .hardlink("link", "file")
                                            .xattr("user.second", "2")
                                            .file("ping")
                                            .xattr("security.capability", capability)
                                            .hardlink("ping6", "ping")
                                            .owner(1, 1)
                                            .file("from-elsewhere")
                                            .xattr("com.apple.quarantine", "x")
                                            .symlink("symlink", "file")
                                            .xattr("user.x", "y"))});

    for (const char* path : {"folder", "file"}) {
        EXPECT_FALSE(sys::find_xattr(root / path, "user.first")) << path;
        EXPECT_EQ(sys::find_xattr(root / path, "user.second"), "2") << path;
    }
    EXPECT_EQ(sys::find_xattr(root / "ping", "security.capability"), capability);
    EXPECT_EQ(stat_of(root / "ping").st_uid, 1U);
    EXPECT_THAT(problems(store_), IsEmpty());
}

/// No more than so many descriptors in this process, for the time being.
class FewDescriptors {
public:
    explicit FewDescriptors(::rlim_t most)
    {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        const ::rlimit few{most, before_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &few);
    }
    ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    FewDescriptors(const FewDescriptors&) = delete;
    FewDescriptors& operator=(const FewDescriptors&) = delete;

private:
    ::rlimit before_{};
};

TEST_P(LayerDriverContract, a_deep_tree_needs_few_descriptors)
{
    const FewDescriptors few{160};
    std::string deep = "a";
    for (int i = 1; i < 1000; ++i) {
        deep += "/a";
    }
    const oci::DiffId low = add(TinyLayer{}
                                    .file(deep + "/old")
                                    .dir(deep + "/implied", 0711)
                                    .mtime(7)
                                    .hardlink("link", deep + "/old"));
    const oci::DiffId high =
        add(TinyLayer{}.file(deep + "/implied/new").opaque(deep.substr(0, 400 * 2 - 1)));

    const sys::Path root = mounted({low, high});

    EXPECT_THAT(names(root / deep), ElementsAre("implied"));
    EXPECT_EQ(stat_of(root / deep / "implied").st_mtim.tv_sec, 0);
    EXPECT_THAT(names(mounted({low}) / deep), ElementsAre("implied", "old"));
    EXPECT_THAT(problems(store_), IsEmpty());
}

TEST_P(LayerDriverContract, stacks_more_layers_than_overlayfs_takes)
{
    std::vector<oci::DiffId> chain{add(TinyLayer{}
                                           .dir("deep", 0711)
                                           .mtime(7)
                                           .file("deep/low")
                                           .file("gone-low")
                                           .file("gone-high"))};
    for (int i = 0; i < 505; ++i) {
        const TinyLayer layer = TinyLayer{}.file(fmt::format("deep/own{}", i));
        chain.push_back(add(i == 5 ? TinyLayer{}.file("deep/own5").whiteout("gone-low") : layer));
    }
    chain.push_back(add(TinyLayer{}.whiteout("gone-high")));

    const sys::Path root = mounted(chain);

    EXPECT_THAT(names(root), ElementsAre("deep"));
    EXPECT_EQ(names(root / "deep").size(), 506U);
    EXPECT_EQ(stat_of(root / "deep").st_mode & 07777U, 0711U);
    EXPECT_EQ(stat_of(root / "deep").st_mtim.tv_sec, 7);
}

TEST_P(LayerDriverContract, an_image_without_layers_is_an_empty_folder)
{
    const sys::Path root = mounted({});

    EXPECT_THAT(names(root), IsEmpty());
    EXPECT_EQ(stat_of(root).st_mode & 07777U, 0755U);
    EXPECT_NO_THROW(write(root / "new", "x"));
}

TEST_P(LayerDriverContract, what_a_container_wrote_survives_unmounting)
{
    const RootfsRequest request = container({add(TinyLayer{}.file("kept", "old").file("gone"))});
    driver().mount(request);
    write(request.target / "kept", "new");
    sys::remove_file(request.target / "gone");
    ::chmod(request.target.c_str(), 0700);

    driver().unmount(request);
    EXPECT_THAT(names(request.target), IsEmpty());
    driver().mount(request);

    EXPECT_THAT(names(request.target), ElementsAre("kept"));
    EXPECT_EQ(sys::read_small_file(request.target / "kept"), "new");
    EXPECT_EQ(stat_of(request.target).st_mode & 07777U, 0700U);
}

TEST_P(LayerDriverContract, containers_of_one_image_do_not_see_each_other)
{
    const oci::DiffId layer = add(TinyLayer{}.file("file", "image").dir("folder"));
    const sys::Path one = mounted({layer});
    const sys::Path other = mounted({layer});

    write(one / "file", "one");
    write(one / "folder/mine", "");
    sys::remove_tree(one / "folder");

    EXPECT_EQ(sys::read_small_file(other / "file"), "image");
    EXPECT_THAT(names(other), ElementsAre("file", "folder"));
    EXPECT_EQ(sys::read_small_file(mounted({layer}) / "file"), "image");
    EXPECT_THAT(problems(store_), IsEmpty()); // nothing was written through to a layer
}

TEST_P(LayerDriverContract, one_containers_end_does_not_disturb_another)
{
    const oci::DiffId layer = add(TinyLayer{}.file("file", "image"));
    const RootfsRequest one = container({layer});
    driver().mount(one);
    const sys::Path other = mounted({layer});

    driver().unmount(one);

    EXPECT_EQ(sys::read_small_file(other / "file"), "image");
}

TEST_P(LayerDriverContract, tells_what_a_container_changed)
{
    const RootfsRequest request = container({add(TinyLayer{}
                                                     .file("changed", "old")
                                                     .file("gone")
                                                     .dir("folder")
                                                     .file("folder/x")
                                                     .file("same"))});
    driver().mount(request);
    write(request.target / "changed", "new");
    sys::remove_file(request.target / "gone");
    sys::remove_tree(request.target / "folder");
    sys::make_folder(request.target / "folder");
    write(request.target / "folder/y", "");

    driver().unmount(request);

    if (const auto upper = driver().upper_folder(request.container)) {
        EXPECT_THAT(names(*upper), ElementsAre("changed", "folder", "gone"));
        EXPECT_EQ(sys::read_small_file(*upper / "changed"), "new");
        EXPECT_TRUE(S_ISCHR(stat_of(*upper / "gone").st_mode));
        EXPECT_EQ(stat_of(*upper / "gone").st_rdev, 0U);
        EXPECT_EQ(sys::find_xattr(*upper / "folder", "trusted.overlay.opaque"), "y");
        EXPECT_FALSE(driver().root_folder(request.container));
    } else {
        const sys::Path root = driver().root_folder(request.container).value();
        EXPECT_THAT(names(root), ElementsAre("changed", "folder", "same"));
        EXPECT_THAT(names(root / "folder"), ElementsAre("y"));
    }
}

TEST_P(LayerDriverContract, mounting_and_unmounting_twice_is_once)
{
    const RootfsRequest request = container({add(TinyLayer{}.file("file"))});
    driver().unmount(request);
    driver().mount(request);
    driver().mount(request);

    driver().unmount(request);

    EXPECT_FALSE(sys::is_mount_point(request.target));
    EXPECT_THAT(names(request.target), IsEmpty());
    EXPECT_NO_THROW(driver().unmount(request));
}

TEST_P(LayerDriverContract, a_root_in_use_can_be_unmounted)
{
    const RootfsRequest request = container({add(TinyLayer{}.file("file", "x"))});
    driver().mount(request);
    const sys::Fd user = sys::open_file(request.target / "file", O_RDONLY);

    driver().unmount(request);

    EXPECT_FALSE(sys::is_mount_point(request.target));
    EXPECT_EQ(sys::read_small_file(user), "x");
}

TEST_P(LayerDriverContract, a_read_only_root_is_read_only)
{
    RootfsRequest request = container({add(TinyLayer{}.file("file", "x"))});
    request.read_only = true;
    driver().mount(request);

    EXPECT_THAT([&] { write(request.target / "file", "y"); }, FailsWith(Errc::denied));
    EXPECT_EQ(sys::read_small_file(request.target / "file"), "x");
}

TEST_P(LayerDriverContract, a_layer_that_is_not_there_is_an_error_and_nothing_is_mounted)
{
    const RootfsRequest request = container({{oci::Digest::of(std::string_view{"no such layer"})}});

    EXPECT_THAT([&] { driver().mount(request); }, FailsWith(Errc::not_found));

    EXPECT_FALSE(sys::is_mount_point(request.target));
}

TEST_P(LayerDriverContract, a_hostile_layer_leaves_nothing)
{
    const auto receive = [&](const TinyLayer& layer) { add(layer); };

    EXPECT_THAT([&] { receive(TinyLayer{}.file("../escape")); }, FailsWith(Errc::invalid_argument));
    EXPECT_THAT([&] { receive(TinyLayer{}.file("a").hardlink("b", "nowhere")); },
                FailsWith(Errc::invalid_argument));
    EXPECT_THAT([&] { receive(TinyLayer{}.device("null", 0, 0)); },
                FailsWith(Errc::invalid_argument));

    EXPECT_THAT(names_in(store_.layout().layers()), IsEmpty());
    EXPECT_FALSE(is_there(dir_ / "escape"));
}

TEST_P(LayerDriverContract, links_that_lead_out_lead_nowhere)
{
    const sys::Path secret = dir_ / "secret";
    sys::make_folder(secret);
    const sys::Path root =
        mounted({add(TinyLayer{}.symlink("out", secret.native()).file("out/planted")),
                 add(TinyLayer{}.symlink("etc", "/etc").file("etc/planted"))});

    EXPECT_THAT(names(secret), IsEmpty());
    EXPECT_FALSE(is_there("/etc/planted"));
    EXPECT_TRUE(S_ISDIR(stat_of(root / "etc").st_mode));
    EXPECT_TRUE(is_there(root / "out/planted"));
}

TEST_P(LayerDriverContract, a_fresh_layer_has_no_damage)
{
    const RandomLayers random{7, 2};
    for (const TinyLayer& layer : random.layers()) {
        add(layer);
    }

    EXPECT_THAT(problems(store_), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Drivers, LayerDriverContract, ::testing::Values("erofs", "overlay", "vfs"),
                         [](const auto& kind) { return kind.param; });

} // namespace
} // namespace strata::store::testing
