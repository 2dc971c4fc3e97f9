// SPDX-License-Identifier: Apache-2.0
//
// What GNU tar writes, in each of its formats, reads as what was there.
#include "io/fd_stream.hpp"
#include "io/tar_reader.hpp"
#include "sys/file.hpp"
#include "testing/run_program.hpp"
#include "testing/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <map>

namespace strata::io {
namespace {

using strata::testing::run_program;
using strata::testing::TempDir;

struct ReadEntry {
    TarEntry entry;
    std::string content; // holes filled in
};

std::string read_content(TarReader& reader, const TarEntry& entry)
{
    std::string content(entry.size, '\0');
    const auto read_into = [&](std::uint64_t offset, std::uint64_t length) {
        auto room = std::as_writable_bytes(std::span{content}).subspan(offset, length);
        while (!room.empty()) {
            room = room.subspan(reader.read_data(room));
        }
    };
    if (!entry.is_sparse) {
        read_into(0, entry.size);
    }
    for (const SparseExtent& extent : entry.sparse) {
        read_into(extent.offset, extent.length);
    }
    return content;
}

class GnuTar : public ::testing::TestWithParam<std::vector<std::string>> {
protected:
    std::string path(const std::string& name) { return (folder_ / name).string(); }

    void write(const std::string& name, std::string_view content)
    {
        sys::write_all(sys::open_file(path(name), O_WRONLY | O_CREAT, 0600), content);
    }

    /// Makes an archive of `tree` and reads it, by name without slash.
    std::map<std::string, ReadEntry> make_and_read()
    {
        std::vector<std::string> command{"tar", "--numeric-owner",  "-C", path(""),
                                         "-cf", path("archive.tar")};
        command.insert(command.end(), GetParam().begin(), GetParam().end());
        command.emplace_back("tree");
        const auto made = run_program(command);
        EXPECT_EQ(made.status, 0) << made.output;

        FdSource source{sys::open_file(path("archive.tar"), O_RDONLY)};
        TarReader reader{source};
        std::map<std::string, ReadEntry> entries;
        while (const TarEntry* entry = reader.next()) {
            std::string name = entry->path;
            if (name.ends_with('/')) {
                name.pop_back();
            }
            entries[name] = {*entry, read_content(reader, *entry)};
        }
        return entries;
    }

    bool may_be_long()
    {
        return GetParam().at(0) != "--format=v7" && GetParam().at(0) != "--format=ustar";
    }

    TempDir folder_;
};

INSTANTIATE_TEST_SUITE_P(
    Formats, GnuTar,
    ::testing::Values(std::vector<std::string>{"--format=v7"},
                      std::vector<std::string>{"--format=ustar"},
                      std::vector<std::string>{"--format=oldgnu", "-S"},
                      std::vector<std::string>{"--format=gnu", "-S"},
                      std::vector<std::string>{"--format=posix", "--xattrs"},
                      std::vector<std::string>{"--format=posix", "-S", "--sparse-version=0.0"},
                      std::vector<std::string>{"--format=posix", "-S", "--sparse-version=0.1"},
                      std::vector<std::string>{"--format=posix", "-S", "--sparse-version=1.0"}));

TEST_P(GnuTar, reads_as_what_was_there)
{
    sys::make_folder(path("tree"), 0751);
    write("tree/file", "content");
    ASSERT_EQ(::chmod(path("tree/file").c_str(), 04711), 0);
    const timespec times[2] = {{1, 0}, {1'600'000'000, 123'456'789}};
    ASSERT_EQ(::utimensat(AT_FDCWD, path("tree/file").c_str(), times, 0), 0);
    ASSERT_EQ(::link(path("tree/file").c_str(), path("tree/hard").c_str()), 0);
    ASSERT_EQ(::symlink("file", path("tree/soft").c_str()), 0);
    const std::string long_name = "tree/" + std::string(may_be_long() ? 200 : 90, 'l');
    const std::string long_link(may_be_long() ? 300 : 90, 't');
    ASSERT_EQ(::symlink(long_link.c_str(), path(long_name).c_str()), 0);

    const auto entries = make_and_read();

    EXPECT_EQ(entries.at("tree").entry.type, EntryType::directory);
    EXPECT_EQ(entries.at("tree").entry.mode, 0751u);
    // Whichever tar met first is the file, the other one the link to it.
    const bool file_first = entries.at("tree/file").entry.type == EntryType::file;
    const ReadEntry& file = entries.at(file_first ? "tree/file" : "tree/hard");
    EXPECT_EQ(file.content, "content");
    EXPECT_EQ(file.entry.mode, 04711u);
    EXPECT_EQ(file.entry.uid, ::getuid());
    EXPECT_EQ(file.entry.mtime.seconds, 1'600'000'000);
    EXPECT_EQ(file.entry.mtime.nanoseconds,
              GetParam().at(0) == "--format=posix" ? 123'456'789u : 0u);
    EXPECT_EQ(entries.at(file_first ? "tree/hard" : "tree/file").entry.link_target,
              file_first ? "tree/file" : "tree/hard");
    EXPECT_EQ(entries.at("tree/soft").entry.link_target, "file");
    EXPECT_EQ(entries.at(long_name).entry.link_target, long_link);
}

TEST_P(GnuTar, sparse_files_read_as_what_was_there)
{
    sys::make_folder(path("tree"));
    std::string content(3'000'000, '\0');
    const sys::Fd file = sys::open_file(path("tree/sparse"), O_RDWR | O_CREAT, 0600);
    for (std::uint64_t at = 70'000; at < content.size(); at += 70'000) {
        const std::string piece(1 + at % 5000, static_cast<char>('a' + at % 26));
        content.replace(at, piece.size(), piece);
        sys::write_all_at(file, std::as_bytes(std::span{piece}), at);
    }
    ASSERT_EQ(::ftruncate(file.get(), 3'000'000), 0);
    write("tree/behind", "still here");

    const auto entries = make_and_read();

    EXPECT_EQ(entries.at("tree/sparse").content, content);
    EXPECT_EQ(entries.at("tree/behind").content, "still here");
}

TEST_P(GnuTar, extended_attributes_read_as_what_was_there)
{
    sys::make_folder(path("tree"));
    write("tree/file", "x");
    ASSERT_EQ(::setxattr(path("tree/file").c_str(), "user.a", "\0b", 2, 0), 0)
        << "$TMPDIR needs user.* attributes";

    const auto entries = make_and_read();

    if (GetParam().back() == "--xattrs") {
        EXPECT_EQ(entries.at("tree/file").entry.xattrs,
                  (std::vector<Xattr>{{"user.a", std::string("\0b", 2)}}));
    } else {
        EXPECT_TRUE(entries.at("tree/file").entry.xattrs.empty());
    }
}

} // namespace
} // namespace strata::io
