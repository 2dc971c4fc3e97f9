// SPDX-License-Identifier: Apache-2.0
#include "io/hash.hpp"
#include "io/tar_reader.hpp"
#include "io/tar_writer.hpp"
#include "testing/errors.hpp"
#include "testing/random_tree.hpp"
#include "testing/run_program.hpp"
#include "testing/temp_dir.hpp"
#include "testing/tiny_layer.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>

namespace strata::io {
namespace {

using strata::testing::FailsWith;
using strata::testing::RandomTree;
using strata::testing::run_program;
using strata::testing::TempDir;
using strata::testing::TinyLayer;
using strata::testing::TreeEntry;
using ::testing::HasSubstr;

struct ReadEntry {
    TarEntry entry;
    std::string content;
};

std::vector<ReadEntry> read_tar(std::string_view tar)
{
    MemorySource source{tar};
    TarReader reader{source};
    std::vector<ReadEntry> entries;
    while (const TarEntry* entry = reader.next()) {
        entries.push_back({*entry, {}});
        std::vector<std::byte> buffer(1000);
        while (const std::size_t got = reader.read_data(buffer)) {
            entries.back().content.append(reinterpret_cast<const char*>(buffer.data()), got);
        }
    }
    return entries;
}

void expect_same(const ReadEntry& read, const TreeEntry& written)
{
    const TarEntry& got = read.entry;
    const TarEntry& want = written.entry;
    EXPECT_EQ(got.path, want.path);
    EXPECT_EQ(got.type, want.type);
    EXPECT_EQ(got.link_target, want.link_target);
    EXPECT_EQ(got.mode, want.mode);
    EXPECT_EQ(got.uid, want.uid);
    EXPECT_EQ(got.gid, want.gid);
    EXPECT_EQ(got.mtime, want.mtime);
    EXPECT_EQ(got.size, want.size);
    EXPECT_EQ(got.device_major, want.device_major);
    EXPECT_EQ(got.device_minor, want.device_minor);
    EXPECT_EQ(got.xattrs, want.xattrs);
    EXPECT_EQ(read.content, written.content);
}

std::string sha256_of(std::string_view text)
{
    Hasher hasher;
    hasher.update(text);
    std::string hex;
    for (const std::uint8_t byte : hasher.finish()) {
        hex += fmt::format("{:02x}", byte);
    }
    return hex;
}

TarEntry entry_named(std::string path, EntryType type = EntryType::file)
{
    TarEntry entry;
    entry.path = std::move(path);
    entry.type = type;
    return entry;
}

/// The bytes of the entry's headers alone.
std::string headers_of(const TarEntry& entry)
{
    StringSink sink;
    TarWriter{sink}.add(entry);
    return sink.text;
}

/// What the entry's headers read back as.
TarEntry read_back(const TarEntry& entry)
{
    const std::string headers = headers_of(entry);
    MemorySource source{headers};
    TarReader reader{source, {.max_bytes = std::uint64_t{1} << 62}};
    return *reader.next();
}

TEST(TarWriter, an_empty_archive_is_1024_zero_bytes_as_dockers_empty_layer)
{
    EXPECT_EQ(sha256_of(TinyLayer{}.build().bytes()),
              "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef");
}

TEST(TarWriter, keeps_its_promise_about_bytes)
{
    // One of everything. If this digest has to change, so do the diff ids of all that users built.
    const auto layer = TinyLayer{}
                           .dir("etc")
                           .file("etc/motd", "hello\n")
                           .symlink("etc/issue", "motd")
                           .hardlink("etc/motd2", "etc/motd")
                           .fifo("run/pipe")
                           .device("dev/null", 1, 3)
                           .block_device("dev/sda", 8, 0)
                           .whiteout("usr/bin/gone")
                           .opaque("usr/share")
                           .file("bin/su", std::string(1000, 'x'), 04755)
                           .owner(3'000'000, 4'000'000'000)
                           .mtime(-5, 250'000'000)
                           .xattr("user.b", "2")
                           .xattr("user.a", std::string("\0\xff", 2))
                           .xattr("user.odd=name", "value")
                           .file(std::string(90, 'd') + "/" + std::string(90, 'f'))
                           .file(std::string(300, 'n'))
                           .file("größe")
                           .build();

    EXPECT_EQ(sha256_of(layer.bytes()),
              "9d4448df9b2ae7f43b871a29d58306ced5e80efcd30d7b63e3091c1bb27ee8d0");
}

TEST(TarWriter, what_it_writes_reads_back_the_same)
{
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        const RandomTree tree{seed, {.whiteouts = true, .duplicates = true}};
        TinyLayer layer;
        for (const TreeEntry& entry : tree.entries()) {
            layer.entry(entry.entry, entry.content);
        }
        const auto read = read_tar(layer.build().bytes());
        ASSERT_EQ(read.size(), tree.entries().size());
        for (std::size_t i = 0; i < read.size(); ++i) {
            SCOPED_TRACE(::testing::Message() << "seed " << seed << ", entry " << i);
            expect_same(read[i], tree.entries()[i]);
        }
    }
}

TEST(TarWriter, gnu_tar_finds_no_difference_to_what_it_extracted_itself)
{
    // What tar extracts from our archive, and packs again in its own way, reads as what we wrote.
    const RandomTree tree{7, {.entries = 400}};
    TinyLayer layer;
    for (const TreeEntry& entry : tree.entries()) {
        layer.entry(entry.entry, entry.content);
    }
    const TempDir folder;
    {
        const sys::Fd file = sys::open_file(folder / "ours.tar", O_WRONLY | O_CREAT, 0600);
        sys::write_all(file, layer.build().bytes());
    }
    sys::make_folder(folder / "tree");

    const auto extracted =
        run_program({"tar", "--numeric-owner", "-p", "--xattrs", "--xattrs-include=*", "-C",
                     (folder / "tree").string(), "-xf", (folder / "ours.tar").string()});
    ASSERT_EQ(extracted.status, 0) << extracted.output;
    const auto compared = run_program({"tar", "--numeric-owner", "-C", (folder / "tree").string(),
                                       "-df", (folder / "ours.tar").string()});

    EXPECT_EQ(compared.output, "");
    EXPECT_EQ(compared.status, 0);
}

TEST(TarWriter, uses_pax_only_where_ustar_cannot_say_it)
{
    const auto has_pax = [](const TarEntry& entry) { return headers_of(entry).size() > 512; };
    const std::string name_100(100, 'n');
    const std::string split = std::string(155, 'p') + "/" + name_100;

    EXPECT_FALSE(has_pax(entry_named(name_100)));
    EXPECT_TRUE(has_pax(entry_named(name_100 + "n")));
    EXPECT_FALSE(has_pax(entry_named(split)));
    EXPECT_TRUE(has_pax(entry_named(split + "n")));
    EXPECT_TRUE(has_pax(entry_named("p" + split)));
    EXPECT_TRUE(has_pax(entry_named("größe")));
    EXPECT_FALSE(has_pax(entry_named(std::string(99, 'd'), EntryType::directory)));
    EXPECT_TRUE(has_pax(entry_named(name_100, EntryType::directory)));

    TarEntry entry = entry_named("a");
    entry.uid = 07777777;
    entry.mtime.seconds = 077777777777;
    entry.size = 077777777777;
    EXPECT_FALSE(has_pax(entry));
    entry.uid += 1;
    EXPECT_TRUE(has_pax(entry));
}

TEST(TarWriter, says_what_is_too_large_for_ustar)
{
    TarEntry entry = entry_named(std::string(100, 'p') + "/" + std::string(101, 'n'));
    entry.size = std::uint64_t{1} << 40;
    entry.uid = 4'294'967'294;
    entry.gid = 2'097'152;
    entry.mtime = {-1, 999'999'999};
    const TarEntry read = read_back(entry);
    EXPECT_EQ(read.path, entry.path);
    EXPECT_EQ(read.size, entry.size);
    EXPECT_EQ(read.uid, entry.uid);
    EXPECT_EQ(read.gid, entry.gid);
    EXPECT_EQ(read.mtime, entry.mtime);
}

TEST(TarWriter, says_names_of_every_length)
{
    for (std::size_t length = 1; length < 600; ++length) {
        std::string path;
        while (path.size() < length) {
            path += path.size() % 97 == 96 ? '/' : 'x';
        }
        const bool file = !path.ends_with('/');
        EXPECT_EQ(read_back(entry_named(path, file ? EntryType::file : EntryType::directory)).path,
                  path);
        EXPECT_EQ(read_back(entry_named(path, EntryType::directory)).path,
                  file ? path + "/" : path);
    }
}

TEST(TarWriter, refuses_what_no_tar_can_say)
{
    StringSink sink;
    TarWriter writer{sink};
    using std::string_literals::operator""s;
    EXPECT_THAT([&] { writer.add(entry_named("")); }, FailsWith(Errc::invalid_argument));
    EXPECT_THAT([&] { writer.add(entry_named("a\0b"s)); },
                FailsWith(Errc::invalid_argument, HasSubstr("a\\x00b")));
    EXPECT_THAT([&] { writer.add(entry_named("a/")); }, FailsWith(Errc::invalid_argument));
    EXPECT_THAT([&] { writer.add(entry_named("a", EntryType::symlink)); },
                FailsWith(Errc::invalid_argument));
    EXPECT_EQ(sink.text, "");
}

TEST(TarWriter, insists_on_exactly_the_promised_data)
{
    TarEntry entry = entry_named("a");
    entry.size = 5;
    StringSink sink;
    TarWriter writer{sink};
    writer.add(entry);
    writer.write_data("1234");
    EXPECT_THAT([&] { writer.add(entry_named("b")); }, FailsWith(Errc::internal));
    EXPECT_THAT([&] { writer.finish(); }, FailsWith(Errc::internal));
    EXPECT_THAT([&] { writer.write_data("56"); }, FailsWith(Errc::internal));
    writer.write_data("5");
    writer.finish();
    EXPECT_EQ(read_tar(sink.text).at(0).content, "12345");
}

TEST(TarWriter, counts_data_that_went_past_it)
{
    TarEntry entry = entry_named("a");
    entry.size = 1000;
    StringSink sink;
    TarWriter writer{sink};
    writer.add(entry);
    EXPECT_EQ(writer.offset(), 512u);
    sink.write(std::string(1000, 'x'));
    writer.skip_data(1000);
    EXPECT_EQ(writer.offset(), 512u + 1024u);
    writer.finish();
    EXPECT_EQ(read_tar(sink.text).at(0).content, std::string(1000, 'x'));
}

} // namespace
} // namespace strata::io
