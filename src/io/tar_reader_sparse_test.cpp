// SPDX-License-Identifier: Apache-2.0
//
// Sparse files, in the four ways in which they are stored.
#include "base/error.hpp"
#include "io/tar_reader.hpp"
#include "io/testing/read_tar.hpp"
#include "testing/errors.hpp"
#include "testing/raw_tar.hpp"
#include "testing/tiny_layer.hpp"

#include <gtest/gtest.h>

#include <cstring>

namespace strata::io {
namespace {

using io::testing::names_of;
using io::testing::read_only_entry;
using io::testing::read_tar;
using strata::testing::FailsWith;
using strata::testing::pax_record;
using strata::testing::RawTar;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using std::string_literals::operator""s;

std::string stored_text()
{
    return std::string(512, 'A') + std::string(100, 'B');
}

void expect_sparse(const RawTar& tar, std::uint64_t data_offset)
{
    const auto entries = read_tar(tar.bytes());
    ASSERT_EQ(names_of(entries), (std::vector<std::string>{"sparse", "next"}));
    const TarEntry& entry = entries[0].entry;
    EXPECT_TRUE(entry.is_sparse);
    EXPECT_EQ(entry.type, EntryType::file);
    EXPECT_EQ(entry.size, 10'000u);
    EXPECT_EQ(entry.stored_size, 612u);
    EXPECT_EQ(entry.data_offset, data_offset);
    EXPECT_THAT(entry.sparse, ElementsAre(SparseExtent{1024, 512}, SparseExtent{4096, 100}));
    EXPECT_EQ(entries[0].content, stored_text());
}

RawTar::Header old_sparse(std::string_view extents, bool extended, std::string_view size = "1144")
{
    const std::string table{extents};
    return {.type = 'S',
            .name = "sparse",
            .size = size,
            .magic = "ustar  ",
            .change = [=](TarHeader& header) {
                char* const bytes = reinterpret_cast<char*>(&header);
                std::memcpy(bytes + 386, table.data(), table.size());
                bytes[482] = extended ? 1 : 0;
                std::memcpy(bytes + 483, "00000023420", 11); // 10,000
            }};
}

std::string octal(std::uint64_t number)
{
    return fmt::format("{:011o}", number) + '\0';
}

TEST(TarReader, reads_gnus_old_sparse_files)
{
    const std::string extents = octal(1024) + octal(512) + octal(4096) + octal(100);
    expect_sparse(RawTar{}.header(old_sparse(extents, false)).data(stored_text()).file("next", ""),
                  512);
}

TEST(TarReader, reads_gnus_old_sparse_files_with_extension_blocks)
{
    std::string extents;
    for (std::uint64_t i = 0; i < 30; ++i) {
        extents += octal(i * 300) + octal(10);
    }
    std::string extension = extents.substr(96, 504) + '\1';
    extension.resize(512);
    std::string last = extents.substr(96 + 504);
    last.resize(512);
    const auto tar = RawTar{}
                         .header(old_sparse(extents.substr(0, 96), true, "454")) // 300
                         .raw(extension)
                         .raw(last)
                         .data(std::string(300, 'x'));
    const TarEntry entry = read_only_entry(tar);
    EXPECT_EQ(entry.sparse.size(), 30u);
    EXPECT_EQ(entry.sparse.back(), (SparseExtent{29 * 300, 10}));
    EXPECT_EQ(entry.data_offset, 3 * 512u);
    EXPECT_THAT([&] { read_tar(tar.bytes(), {.max_sparse_extents = 29}); },
                FailsWith(Errc::exhausted, HasSubstr("29")));
}

TEST(TarReader, reads_pax_sparse_0_0)
{
    expect_sparse(
        RawTar{}
            .pax(pax_record("GNU.sparse.size", "10000") + pax_record("GNU.sparse.numblocks", "2") +
                 pax_record("GNU.sparse.offset", "1024") +
                 pax_record("GNU.sparse.numbytes", "512") +
                 pax_record("GNU.sparse.offset", "4096") + pax_record("GNU.sparse.numbytes", "100"))
            .file("sparse", stored_text())
            .file("next", ""),
        3 * 512);
}

TEST(TarReader, reads_pax_sparse_0_1)
{
    expect_sparse(
        RawTar{}
            .pax(pax_record("GNU.sparse.major", "0") + pax_record("GNU.sparse.minor", "1") +
                 pax_record("GNU.sparse.name", "sparse") + pax_record("GNU.sparse.size", "10000") +
                 pax_record("GNU.sparse.map", "1024,512,4096,100"))
            .file("./GNUSparseFile.1/sparse", stored_text())
            .file("next", ""),
        3 * 512);
}

RawTar sparse_1_0(std::string map, std::string_view stored, std::string_view real_size = "10000")
{
    map.resize((map.size() + 511) / 512 * 512);
    return RawTar{}
        .pax(pax_record("GNU.sparse.major", "1") + pax_record("GNU.sparse.minor", "0") +
             pax_record("GNU.sparse.name", "sparse") + pax_record("GNU.sparse.realsize", real_size))
        .file("./GNUSparseFile.1/sparse", map + std::string{stored})
        .file("next", "");
}

TEST(TarReader, reads_pax_sparse_1_0)
{
    expect_sparse(sparse_1_0("2\n1024\n512\n4096\n100\n", stored_text()), 4 * 512);
}

TEST(TarReader, reads_a_sparse_map_of_several_blocks)
{
    std::string map = "200\n";
    for (int i = 0; i < 200; ++i) {
        map += fmt::format("{}\n{}\n", i * 50, 1);
    }
    const auto tar = sparse_1_0(map, std::string(200, 'x'));
    EXPECT_EQ(read_tar(tar.bytes()).at(0).entry.sparse.size(), 200u);
    EXPECT_EQ(read_tar(tar.bytes()).at(0).content, std::string(200, 'x'));
    EXPECT_THAT([&] { read_tar(tar.bytes(), {.max_sparse_extents = 199}); },
                FailsWith(Errc::exhausted));
}

TEST(TarReader, a_sparse_file_without_holes_is_an_ordinary_one)
{
    const auto tar = sparse_1_0("3\n0\n100\n100\n512\n612\n0\n", stored_text(), "612");
    const TarEntry entry = read_tar(tar.bytes()).at(0).entry;
    EXPECT_FALSE(entry.is_sparse);
    EXPECT_TRUE(entry.sparse.empty());
    EXPECT_EQ(entry.size, 612u);
    EXPECT_EQ(entry.stored_size, 612u);
    EXPECT_EQ(entry.data_offset, 4 * 512u);
}

TEST(TarReader, reads_a_file_that_is_one_hole)
{
    const TarEntry entry = read_tar(sparse_1_0("1\n10000\n0\n", "").bytes()).at(0).entry;
    EXPECT_TRUE(entry.is_sparse);
    EXPECT_TRUE(entry.sparse.empty());
    EXPECT_EQ(entry.size, 10'000u);
    EXPECT_EQ(entry.stored_size, 0u);
}

TEST(TarReader, refuses_sparse_maps_that_lie)
{
    const std::string x612(612, 'x');
    EXPECT_REFUSED(sparse_1_0("2\n1024\n512\n1500\n100\n", x612), Errc::corrupt, "overlaps");
    EXPECT_REFUSED(sparse_1_0("2\n4096\n100\n1024\n512\n", x612), Errc::corrupt, "backwards");
    EXPECT_REFUSED(sparse_1_0("2\n1024\n512\n9950\n100\n", x612), Errc::corrupt, "past the end");
    EXPECT_REFUSED(sparse_1_0("1\n9223372036854775807\n612\n", x612), Errc::corrupt,
                   "past the end");
    EXPECT_REFUSED(sparse_1_0("1\n1024\n9223372036854775807\n", x612), Errc::corrupt,
                   "past the end");
    EXPECT_REFUSED(sparse_1_0("1\n1024\n512\n", x612), Errc::corrupt,
                   "describes 512 bytes, 612 are stored");
    EXPECT_REFUSED(sparse_1_0("1\n1024\n613\n", x612), Errc::corrupt, "describes 613");
    EXPECT_REFUSED(sparse_1_0("1\nx\n612\n", x612), Errc::corrupt, "not a number");
    EXPECT_REFUSED(sparse_1_0("1\n-1\n612\n", x612), Errc::corrupt, "not a number");
    EXPECT_REFUSED(sparse_1_0("60000\n1\n", x612), Errc::corrupt, "");
    EXPECT_REFUSED(sparse_1_0(std::string(512, '1'), x612), Errc::corrupt, "no number");
    EXPECT_REFUSED(sparse_1_0("5\n1\n1\n", ""), Errc::corrupt, "");
    EXPECT_REFUSED(sparse_1_0("70000\n", x612), Errc::exhausted, "65536");
    EXPECT_REFUSED(sparse_1_0("1\n0\n612\n", x612, "9223372036854775807"), Errc::exhausted,
                   "a sparse file of 9223372036854775807 bytes");
    EXPECT_REFUSED(RawTar{}.header(old_sparse(std::string(12, '\xff') + octal(1), false)),
                   Errc::corrupt, "negative");
    EXPECT_REFUSED(
        RawTar{}
            .pax(pax_record("GNU.sparse.major", "2") + pax_record("GNU.sparse.minor", "0"))
            .file("a", ""),
        Errc::unsupported, "sparse format 2.0");
    for (const char* map : {"1,2,3", "a,b", "1,,2", ","}) {
        EXPECT_REFUSED(RawTar{}.pax(pax_record("GNU.sparse.map", map)).file("a", ""), Errc::corrupt,
                       "sparse");
    }
}

} // namespace
} // namespace strata::io
