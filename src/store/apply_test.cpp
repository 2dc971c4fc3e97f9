// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "store/apply.hpp"
#include "sys/xattr.hpp"
#include "testing/described_tree.hpp"
#include "testing/errors.hpp"
#include "testing/random_tree.hpp"
#include "testing/run_program.hpp"
#include "testing/temp_dir.hpp"
#include "testing/tiny_layer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>

namespace strata::store {
namespace {

using strata::testing::BuiltLayer;
using strata::testing::describe_tree;
using strata::testing::differences;
using strata::testing::FailsWith;
using strata::testing::RandomTree;
using strata::testing::TempDir;
using strata::testing::TinyLayer;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Apply : public ::testing::Test {
protected:
    Apply() { sys::make_folder(target()); }

    sys::Path target() const { return dir_ / "target"; }
    void apply(const TinyLayer& layer, WhiteoutFormat whiteouts = WhiteoutFormat::overlay)
    {
        const BuiltLayer built = layer.build();
        auto source = built.source();
        apply_layer(source, target(), {.whiteouts = whiteouts});
    }
    bool exists(const sys::Path& name) const
    {
        return sys::find_status(target() / name).has_value();
    }
    std::string content(const sys::Path& name) const
    {
        return sys::read_small_file(target() / name);
    }
    bool is_whiteout(const sys::Path& name) const
    {
        const auto status = sys::find_status(target() / name);
        return status && S_ISCHR(status->st_mode) && status->st_rdev == 0;
    }
    bool is_opaque(const sys::Path& name) const
    {
        return sys::find_xattr(target() / name, "trusted.overlay.opaque") == "y";
    }

    TempDir dir_;
};

TEST_F(Apply, gives_what_tar_itself_extracts)
{
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const TempDir dir;
        TinyLayer layer;
        layer.dir("./", 0751);
        const RandomTree random{seed};
        for (const auto& made : random.entries()) {
            layer.entry(made.entry, made.content);
        }
        const BuiltLayer built = layer.build();
        sys::write_all(sys::open_file(dir / "tar", O_WRONLY | O_CREAT, 0600), built.bytes());
        sys::make_folder(dir / "theirs");
        sys::make_folder(dir / "ours");
        const auto extracted = strata::testing::run_program(
            {"tar", "-xpf", (dir / "tar").string(), "-C", (dir / "theirs").string(),
             "--delay-directory-restore", "--numeric-owner", "--same-owner", "--xattrs",
             "--xattrs-include=*"});
        ASSERT_EQ(extracted.status, 0) << extracted.output;

        auto source = built.source();
        apply_layer(source, dir / "ours");

        EXPECT_THAT(differences(describe_tree(dir / "ours"), describe_tree(dir / "theirs")),
                    IsEmpty())
            << "seed " << seed;
    }
}

TEST_F(Apply, never_writes_through_a_symlink)
{
    sys::make_folder(dir_ / "outside");

    apply(TinyLayer{}.symlink("link", (dir_ / "outside").string()).file("link/escaped", "x"));

    EXPECT_FALSE(sys::find_status(dir_ / "outside" / "escaped"));
    EXPECT_EQ(content("link/escaped"), "x") << "the link was replaced by a folder";
}

TEST_F(Apply, refuses_a_name_with_dot_dot)
{
    EXPECT_THAT([&] { apply(TinyLayer{}.file("a/../../escaped", "x")); },
                FailsWith(Errc::invalid_argument, HasSubstr("escaped")));
    EXPECT_FALSE(sys::find_status(dir_ / "escaped"));
}

TEST_F(Apply, refuses_a_hard_link_out_of_the_layer)
{
    sys::write_all(sys::open_file(dir_ / "secret", O_WRONLY | O_CREAT, 0600), "secret");

    EXPECT_THAT([&] { apply(TinyLayer{}.hardlink("a", "../secret")); },
                FailsWith(Errc::invalid_argument));
    EXPECT_THAT([&] { apply(TinyLayer{}.symlink("up", "..").hardlink("a", "up/secret")); },
                FailsWith(Errc::invalid_argument));
    EXPECT_THAT([&] { apply(TinyLayer{}.hardlink("a", "nowhere")); },
                FailsWith(Errc::invalid_argument, HasSubstr("nowhere")));
}

TEST_F(Apply, lets_the_later_of_two_entries_win)
{
    apply(TinyLayer{}
              .dir("a")
              .file("a/old", "1")
              .file("a", "now a file")
              .file("b", "1")
              .file("b", "2")
              .file("c")
              .dir("c"));

    EXPECT_EQ(content("a"), "now a file");
    EXPECT_EQ(content("b"), "2");
    EXPECT_TRUE(S_ISDIR(sys::find_status(target() / "c")->st_mode));
}

TEST_F(Apply, fills_a_folder_that_was_replaced_while_it_was_open)
{
    apply(
        TinyLayer{}.dir("a").file("a/1", "1").symlink("a", "elsewhere").dir("a").file("a/2", "2"));

    EXPECT_FALSE(exists("a/1"));
    EXPECT_EQ(content("a/2"), "2");
}

TEST_F(Apply, makes_parents_that_no_entry_names)
{
    apply(TinyLayer{}.file("deep/er/file", "x"));

    const auto status = *sys::find_status(target() / "deep/er");
    EXPECT_EQ(status.st_mode & 07777u, 0755u);
    EXPECT_EQ(status.st_mtim.tv_sec, 0);
}

TEST_F(Apply, writes_deletions_as_overlayfs_wants_them)
{
    apply(TinyLayer{}.whiteout("gone").opaque("emptied").file("emptied/new", "x"));

    EXPECT_TRUE(is_whiteout("gone"));
    EXPECT_TRUE(is_opaque("emptied"));
    EXPECT_EQ(content("emptied/new"), "x");
}

TEST_F(Apply, a_folder_made_anew_in_the_layer_that_deletes_it_hides_the_old_one_in_either_order)
{
    apply(TinyLayer{}
              .whiteout("a")
              .dir("a")
              .file("a/new")
              .dir("b")
              .file("b/new")
              .whiteout("b")
              .whiteout("c")
              .file("c/new"));

    for (const char* name : {"a", "b", "c"}) {
        EXPECT_TRUE(is_opaque(name)) << name;
        EXPECT_TRUE(exists(sys::Path{name} / "new")) << name;
    }
}

TEST_F(Apply, a_file_of_the_layer_survives_its_own_whiteout_in_either_order)
{
    apply(TinyLayer{}.whiteout("a").file("a", "x").file("b", "x").whiteout("b"));

    EXPECT_EQ(content("a"), "x");
    EXPECT_EQ(content("b"), "x");
}

TEST_F(Apply, escapes_attributes_that_overlayfs_would_obey)
{
    apply(TinyLayer{}.dir("a").xattr("trusted.overlay.opaque", "y"));

    EXPECT_FALSE(is_opaque("a"));
    EXPECT_EQ(sys::find_xattr(target() / "a", "trusted.overlay.overlay.opaque"), "y");
}

TEST_F(Apply, links_to_what_aufs_kept_hidden_and_leaves_it_out)
{
    apply(TinyLayer{}
              .dir(".wh..wh.plnk")
              .file(".wh..wh.plnk/12.34", "x")
              .hardlink("a", ".wh..wh.plnk/12.34"));

    EXPECT_EQ(content("a"), "x");
    EXPECT_FALSE(exists(".wh..wh.plnk"));
}

TEST_F(Apply, keeps_the_holes_of_a_sparse_file)
{
    const auto made = strata::testing::run_program(
        {"bash", "-c",
         fmt::format("cd {} && mkdir s && printf head >s/file && truncate -s 8M s/file && printf "
                     "tail >>s/file && tar -C s -S -cf sparse.tar file",
                     dir_.path().string())});
    ASSERT_EQ(made.status, 0) << made.output;
    const std::string tar = sys::read_small_file(dir_ / "sparse.tar");
    io::MemorySource source{std::string_view{tar}};

    apply_layer(source, target());

    const auto status = *sys::find_status(target() / "file");
    EXPECT_EQ(status.st_size, (8 << 20) + 4);
    EXPECT_LT(status.st_blocks * 512, 1 << 20);
    EXPECT_EQ(content("file").substr(8 << 20), "tail");
    EXPECT_EQ(content("file").substr(0, 5), std::string("head\0", 5));
}

TEST_F(Apply, reports_a_truncated_archive_as_corrupt)
{
    const BuiltLayer built = TinyLayer{}.file("a", std::string(5000, 'x')).build();
    io::MemorySource source{std::string_view{built.bytes()}.substr(0, 2000)};

    EXPECT_THAT([&] { apply_layer(source, target()); }, FailsWith(Errc::corrupt, HasSubstr("a")));
}

} // namespace
} // namespace strata::store
