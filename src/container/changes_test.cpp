// SPDX-License-Identifier: Apache-2.0
#include "container/changes.hpp"
#include "container/init_files.hpp"
#include "container/testing/written_tree.hpp"
#include "testing/errors.hpp"

namespace strata::container {
namespace {

using strata::testing::FailsWith;
using strata::testing::TinyLayer;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::WrittenTree;

std::vector<std::string> diff(const WrittenTree& tree, UpperForm form = UpperForm::overlay)
{
    std::vector<std::string> lines;
    for (const Change& change : changes(tree.upper(), &tree.image(), form)) {
        lines.push_back(std::string{"CAD"[static_cast<int>(change.kind)]} + ' ' + change.path);
    }
    return lines;
}

TEST(Changes, NothingWrittenIsNothing)
{
    EXPECT_THAT(diff(WrittenTree{TinyLayer{}.dir("etc")}), IsEmpty());
}

TEST(Changes, AddedChangedAndDeletedWithTheFoldersOnTheWay)
{
    WrittenTree tree{
        TinyLayer{}.dir("a").dir("a/b").file("a/b/old", "1").file("a/gone").file("a/same", "x")};
    tree.folder("a/b/new")
        .file("a/b/new/f")
        .file("a/b/old", "22")
        .whiteout("a/gone")
        .file("a/same", "x");

    EXPECT_THAT(diff(tree), ElementsAre("C /a", "C /a/b", "A /a/b/new", "A /a/b/new/f",
                                        "C /a/b/old", "D /a/gone"));
}

TEST(Changes, WhatCountsAsAChange)
{
    WrittenTree tree{TinyLayer{}
                         .file("mode")
                         .file("owner")
                         .file("size")
                         .file("time")
                         .file("nanoseconds")
                         .file("capability")
                         .dir("folder-mode")
                         .dir("folder-time")
                         .symlink("link", "a")};
    tree.file("mode", "", 0600).file("owner").file("size", "1").file("time").file("nanoseconds");
    ASSERT_EQ(::chown(tree.path("owner").c_str(), 1, 1), 0);
    tree.mtime("time", WrittenTree::kNew).mtime("nanoseconds", WrittenTree::kOld, 5);
    tree.file("capability")
        .xattr("capability", "security.capability",
               std::string_view{"\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20});
    tree.folder("folder-mode", 0700).folder("folder-time").mtime("folder-time", WrittenTree::kNew);
    tree.symlink("link", "b").mtime("link", WrittenTree::kNew);

    // Nanoseconds count only if both sides have some: most layers have none.
    EXPECT_THAT(diff(tree), ElementsAre("C /capability", "C /folder-mode", "C /link", "C /mode",
                                        "C /owner", "C /size", "C /time"));
}

TEST(Changes, AnotherTypeIsAChangeAndHidesWhatWasThere)
{
    WrittenTree tree{TinyLayer{}.dir("d").file("d/x").file("f")};
    tree.file("d").folder("f").opaque("f").file("f/y");

    EXPECT_THAT(diff(tree), ElementsAre("C /d", "C /f", "A /f/y"));
}

TEST(Changes, ARecreatedFolderHasLostWhatItDoesNotHave)
{
    WrittenTree tree{TinyLayer{}.dir("d").file("d/a").dir("d/s").file("d/s/deep").file("d/z")};
    tree.folder("d").opaque("d").folder("d/s").file("d/m");

    EXPECT_THAT(diff(tree),
                ElementsAre("C /d", "D /d/a", "A /d/m", "C /d/s", "D /d/s/deep", "D /d/z"));
}

TEST(Changes, AWhiteoutOfNothingIsNothing)
{
    WrittenTree tree{TinyLayer{}.dir("d")};
    tree.folder("d").whiteout("d/never-there");

    EXPECT_THAT(diff(tree), IsEmpty());
}

TEST(Changes, InitFilesAreNotShownUntilTheyAreTouched)
{
    WrittenTree tree{TinyLayer{}.dir("etc").file("etc/hosts", "mine")};
    make_init_files(sys::Root::open(tree.path("")));
    EXPECT_THAT(diff(tree),
                ElementsAre("C /etc", "C /etc/hosts")); // the image had one, and ours is another

    WrittenTree bare{TinyLayer{}.dir("bin")};
    make_init_files(sys::Root::open(bare.path("")));
    EXPECT_THAT(diff(bare), IsEmpty());

    bare.file("etc/hostname", "mine now").file("etc/new");
    EXPECT_THAT(diff(bare), ElementsAre("C /etc", "A /etc/hostname", "A /etc/new"));
}

TEST(Changes, AWholeTreeIsComparedNameByName)
{
    WrittenTree tree{TinyLayer{}.dir("d").file("d/a").file("d/b").file("gone")};
    tree.folder("d").file("d/a").file("d/c").mtime("d", WrittenTree::kOld);

    EXPECT_THAT(diff(tree, UpperForm::whole), ElementsAre("C /d", "D /d/b", "A /d/c", "D /gone"));
}

TEST(Changes, WithoutAnImageEverythingIsNew)
{
    WrittenTree tree{TinyLayer{}};
    tree.folder("d").file("d/a");
    EXPECT_EQ(changes(tree.upper(), nullptr, UpperForm::overlay).size(), 2u);
}

TEST(Changes, FoldersTooDeepAreRefusedNotFollowedIntoTheGround)
{
    WrittenTree tree{TinyLayer{}};
    sys::Fd folder = tree.upper();
    const std::string name(200, 'd');
    for (int i = 0; i < 30; ++i) {
        sys::create_folder({folder, name}, 0755);
        folder = sys::open_folder({folder, name});
    }
    EXPECT_THAT([&] { diff(tree); }, FailsWith(Errc::exhausted));
}

} // namespace
} // namespace strata::container
