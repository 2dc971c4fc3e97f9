// SPDX-License-Identifier: Apache-2.0
#include "container/init_files.hpp"
#include "container/testing/written_tree.hpp"
#include "container/upper_tar.hpp"
#include "io/tar_reader.hpp"
#include "testing/errors.hpp"

#include <map>

namespace strata::container {
namespace {

using strata::testing::FailsWith;
using strata::testing::TinyLayer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::WrittenTree;

std::string tar_of(const WrittenTree& tree, UpperTarOptions options = {})
{
    UpperTar tar{tree.upper(), &tree.image(), options};
    return io::read_all(tar, 64 << 20);
}

struct Member {
    io::TarEntry entry;
    std::string content;
};

std::vector<Member> members(const std::string& tar)
{
    std::vector<Member> all;
    io::MemorySource source{std::string_view{tar}};
    io::TarReader reader{source};
    while (const io::TarEntry* entry = reader.next()) {
        Member member{*entry, {}};
        std::array<std::byte, 1000> buffer;
        while (const std::size_t count = reader.read_data(buffer)) {
            member.content.append(reinterpret_cast<const char*>(buffer.data()), count);
        }
        all.push_back(std::move(member));
    }
    return all;
}

std::vector<std::string> names(const std::string& tar)
{
    std::vector<std::string> all;
    for (const Member& member : members(tar)) {
        all.push_back(member.entry.path);
    }
    return all;
}

TEST(UpperTar, NothingWrittenIsEmpty)
{
    WrittenTree tree{TinyLayer{}.dir("etc").file("etc/passwd")};
    make_init_files(sys::Root::open(tree.path("")));
    UpperTar tar{tree.upper(), &tree.image(), {}};
    EXPECT_TRUE(tar.empty());
}

TEST(UpperTar, HoldsWhatWasWrittenWithItsFolders)
{
    WrittenTree tree{TinyLayer{}.dir("etc", 0750).file("etc/motd").dir("var").file("bin")};
    tree.folder("etc", 0750)
        .file("etc/motd", "hello\n", 0640)
        .folder("var")
        .folder("new")
        .file("bin");
    tree.mtime("etc/motd", WrittenTree::kNew, 123456789);
    const std::string tar = tar_of(tree);

    // `bin` differs in nothing that one can see, but it was written; `var` only was on the way
    // somewhere.
    EXPECT_THAT(names(tar), ElementsAre("bin", "etc/", "etc/motd", "new/"));
    const Member motd = members(tar).at(2);
    EXPECT_EQ(motd.content, "hello\n");
    EXPECT_EQ(motd.entry.mode, 0640u);
    EXPECT_EQ(motd.entry.mtime, (io::TarTime{WrittenTree::kNew, 123456789}));
    EXPECT_EQ(members(tar).at(1).entry.mode, 0750u);
}

TEST(UpperTar, DeletionsCarryTheTimeOfTheirFolder)
{
    WrittenTree tree{TinyLayer{}.dir("d").file("d/gone").dir("o").file("o/x")};
    tree.folder("d").whiteout("d/gone").mtime("d", WrittenTree::kNew);
    tree.folder("o").opaque("o").file("o/y");
    const auto all = members(tar_of(tree));

    ASSERT_EQ(all.size(), 5u);
    EXPECT_EQ(all[1].entry.path, "d/.wh.gone");
    EXPECT_EQ(all[1].entry.mtime.seconds, WrittenTree::kNew);
    EXPECT_EQ(all[3].entry.path, "o/.wh..wh..opq");
    EXPECT_EQ(all[4].entry.path, "o/y");
}

TEST(UpperTar, AWholeTreeSaysEachDeletion)
{
    WrittenTree tree{TinyLayer{}.dir("d").file("d/a").file("d/b")};
    tree.folder("d").file("d/a");
    EXPECT_THAT(names(tar_of(tree, {.form = UpperForm::whole})), ElementsAre("d/", "d/.wh.b"));
}

TEST(UpperTar, LinksDevicesAndXattrs)
{
    WrittenTree tree{TinyLayer{}};
    tree.file("a", "data").hard_link("b", "a").symlink("l", "/a").special("null", S_IFCHR);
    tree.special("pipe", S_IFIFO).special("socket", S_IFSOCK);
    tree.xattr("a", "user.note", "kept").xattr("a", "trusted.note", "not");
    const auto all = members(tar_of(tree));

    ASSERT_EQ(all.size(), 5u);
    EXPECT_THAT(all[0].entry.xattrs, ElementsAre(io::Xattr{"user.note", "kept"}));
    EXPECT_EQ(all[1].entry.type, io::EntryType::hard_link);
    EXPECT_EQ(all[1].entry.link_target, "a");
    EXPECT_EQ(all[2].entry.link_target, "/a");
    EXPECT_EQ(all[3].entry.type, io::EntryType::char_device);
    EXPECT_EQ(all[3].entry.device_minor, 3u);
    EXPECT_EQ(all[4].entry.type, io::EntryType::fifo);
}

TEST(UpperTar, ALinkToAFileThatIsNotInTheLayerIsAFile)
{
    WrittenTree tree{TinyLayer{}};
    tree.folder("etc")
        .file("etc/hosts", "", 0755)
        .hard_link("mine", "etc/hosts"); // an init file, and so left out
    const auto all = members(tar_of(tree));
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].entry.type, io::EntryType::file);
}

TEST(UpperTar, IsTheSameEveryTimeAndNoYoungerThanAllowed)
{
    WrittenTree tree{TinyLayer{}};
    for (int i = 0; i < 50; ++i) {
        tree.file(fmt::format("f{}", i * 7919 % 50),
                  std::string(static_cast<std::size_t>(i) * 100, 'x'));
    }
    tree.mtime("f7", WrittenTree::kNew);
    const UpperTarOptions clamped{.latest = io::TarTime{WrittenTree::kOld, 0}};
    const std::string tar = tar_of(tree, clamped);

    EXPECT_EQ(tar, tar_of(tree, clamped));
    EXPECT_NE(tar, tar_of(tree));
    for (const Member& member : members(tar)) {
        EXPECT_LE(member.entry.mtime.seconds, WrittenTree::kOld);
    }
}

TEST(UpperTar, MayBeReadInPiecesOfAnySize)
{
    WrittenTree tree{TinyLayer{}};
    tree.file("empty").file("f", std::string(1500, 'y')).file("g", "z");
    const std::string whole = tar_of(tree);
    UpperTar tar{tree.upper(), nullptr, {}};
    std::string pieces;
    std::array<std::byte, 7> buffer;
    while (const std::size_t count = tar.read(buffer)) {
        pieces.append(reinterpret_cast<const char*>(buffer.data()), count);
    }
    EXPECT_EQ(pieces, whole);
    EXPECT_EQ(whole.size() % 512, 0u);
}

TEST(UpperTar, HolesAreZeros)
{
    WrittenTree tree{TinyLayer{}};
    tree.file("sparse", "begin");
    std::filesystem::resize_file(tree.path("sparse"), 100'000);
    const auto all = members(tar_of(tree));
    EXPECT_EQ(all.at(0).content.size(), 100'000u);
    EXPECT_EQ(all.at(0).content.substr(5), std::string(99'995, '\0'));
}

TEST(UpperTar, AFileThatALayerCannotHoldIsRefused)
{
    WrittenTree tree{TinyLayer{}};
    tree.file(".wh.x");
    EXPECT_THAT([&] { tar_of(tree); },
                FailsWith(Errc::unsupported, HasSubstr("/.wh.x: an image cannot hold")));
}

TEST(UpperTar, AFileThatShrinksIsNoticed)
{
    WrittenTree tree{TinyLayer{}};
    tree.file("f", std::string(200'000, 'x'));
    UpperTar tar{tree.upper(), nullptr, {}};
    std::array<std::byte, 1000> buffer;
    ASSERT_GT(tar.read(buffer), 0u);
    std::filesystem::resize_file(tree.path("f"), 10);
    EXPECT_THAT([&] { io::read_all(tar, 1 << 20); },
                FailsWith(Errc::conflict, HasSubstr("/f became shorter")));
}

TEST(UpperTar, ASmallFileMayChangeAndFilesMayGoWhileItIsRead)
{
    WrittenTree tree{TinyLayer{}};
    tree.file("gone", "x");
    tree.file("small", "before");
    UpperTar tar{tree.upper(), nullptr, {}};
    std::filesystem::remove(tree.path("gone"));
    tree.file("small", "now");
    std::array<std::byte, 512> header;
    ASSERT_EQ(tar.read(header), header.size());
    std::filesystem::resize_file(tree.path("small"), 0);
    EXPECT_EQ(io::read_all(tar, 1 << 20).substr(0, 3), "now");
}

} // namespace
} // namespace strata::container
