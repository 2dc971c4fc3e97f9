// SPDX-License-Identifier: Apache-2.0
//
// PAX headers.
#include "base/error.hpp"
#include "io/tar_reader.hpp"
#include "io/testing/read_tar.hpp"
#include "testing/errors.hpp"
#include "testing/raw_tar.hpp"
#include "testing/tiny_layer.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace strata::io {
namespace {

using io::testing::read_only_entry;
using io::testing::read_tar;
using strata::testing::pax_record;
using strata::testing::RawTar;
using ::testing::ElementsAre;
using std::string_literals::operator""s;

TEST(TarReader, applies_pax_records)
{
    const auto tar =
        RawTar{}
            .pax(pax_record("uid", "3000000") + pax_record("gid", "2097152") +
                 pax_record("mtime", "1350244992.023960108") + pax_record("size", "3") +
                 pax_record("atime", "x") + pax_record("VENDOR.thing", "y\0z"s))
            .header({.size = "0"})
            .data("abc")
            .file("next", "")
            .end();
    const auto entries = read_tar(tar.bytes());
    const TarEntry& entry = entries.at(0).entry;
    EXPECT_EQ(entry.uid, 3'000'000u);
    EXPECT_EQ(entry.gid, 2'097'152u);
    EXPECT_EQ(entry.mtime, (TarTime{1'350'244'992, 23'960'108}));
    EXPECT_EQ(entries[0].content, "abc");
    EXPECT_EQ(entries.at(1).entry.uid, 0u) << "records hold for one entry";
    EXPECT_EQ(entries[1].entry.mtime, TarTime{});
}

TEST(TarReader, reads_times_before_1970_and_of_any_precision)
{
    const auto time = [](const char* text) {
        return read_only_entry(RawTar{}.pax(pax_record("mtime", text)).header({})).mtime;
    };
    EXPECT_EQ(time("5"), (TarTime{5, 0}));
    EXPECT_EQ(time("5."), (TarTime{5, 0}));
    EXPECT_EQ(time("5.1"), (TarTime{5, 100'000'000}));
    EXPECT_EQ(time("5.1234567899"), (TarTime{5, 123'456'789}));
    EXPECT_EQ(time("-1"), (TarTime{-1, 0}));
    EXPECT_EQ(time("-1.25"), (TarTime{-2, 750'000'000}));
    EXPECT_EQ(time("-0.000000001"), (TarTime{-1, 999'999'999}));
    EXPECT_EQ(time("-9223372036854775808"), (TarTime{std::numeric_limits<std::int64_t>::min(), 0}));
    for (const char* text : {"9223372036854775808", "-9223372036854775808.5", "+1", "-", ".5"}) {
        EXPECT_REFUSED(RawTar{}.pax(pax_record("mtime", text)).header({}), Errc::corrupt, "mtime");
    }
    EXPECT_REFUSED(RawTar{}.pax(pax_record("mtime", "soon")).header({}), Errc::corrupt, "mtime");
    EXPECT_REFUSED(RawTar{}.pax(pax_record("mtime", "1.x")).header({}), Errc::corrupt, "mtime");
}

TEST(TarReader, reads_xattrs_of_both_spellings)
{
    const auto tar = RawTar{}
                         .pax(pax_record("SCHILY.xattr.user.b", "\0\n=\xff"s) +
                              pax_record("LIBARCHIVE.xattr.user.with%3Dequals", "aGVsbG8") +
                              pax_record("SCHILY.xattr.user.twice", "first") +
                              pax_record("SCHILY.xattr.user.twice", "second") +
                              pax_record("SCHILY.xattr.user.empty", ""))
                         .header({});
    EXPECT_THAT(read_only_entry(tar).xattrs,
                ElementsAre(Xattr{"user.b", "\0\n=\xff"s}, Xattr{"user.empty", ""},
                            Xattr{"user.twice", "second"}, Xattr{"user.with=equals", "hello"}));
    EXPECT_REFUSED(RawTar{}.pax(pax_record("LIBARCHIVE.xattr.user.a", "!")).header({}),
                   Errc::corrupt, "base64");
}

TEST(TarReader, keeps_the_header_where_a_record_is_empty)
{
    const auto tar = RawTar{}
                         .pax(pax_record("path", "") + pax_record("size", "") +
                              pax_record("mtime", "") + pax_record("uid", ""))
                         .file("a", "12345");
    EXPECT_EQ(read_only_entry(tar).path, "a");
    EXPECT_EQ(read_only_entry(tar).size, 5u);
}

TEST(TarReader, ignores_global_headers_as_docker_does_but_checks_them)
{
    const auto tar = RawTar{}
                         .pax(pax_record("comment", "a git commit") + pax_record("mtime", "5") +
                                  pax_record("path", "nowhere"),
                              'g')
                         .file("a", "x");
    const TarEntry entry = read_only_entry(tar);
    EXPECT_EQ(entry.path, "a");
    EXPECT_EQ(entry.mtime, TarTime{});
    EXPECT_REFUSED(RawTar{}.pax("9999 a=b\n", 'g'), Errc::corrupt, "length");
}

TEST(TarReader, ignores_the_charset_because_names_are_bytes)
{
    const auto tar = RawTar{}
                         .pax(pax_record("hdrcharset", "BINARY") + pax_record("path", "\xff\xfe"))
                         .header({});
    EXPECT_EQ(read_only_entry(tar).path, "\xff\xfe");
}

TEST(TarReader, refuses_pax_records_that_lie)
{
    for (const std::string& records : {"x"s, "7"s, "7 a=b"s, "6 a=bb\n"s, "9 a=b\n"s, "4 a=\n"s,
                                       "-6 a=b\n"s, "+6 a=b\n"s, " 6 a=b\n"s, "6 a:b\n"s, "5 =b\n"s,
                                       "99999999999999999999 a=b\n"s, "6 a=b\n\0"s, "0 \n"s}) {
        EXPECT_REFUSED(RawTar{}.pax(records).header({}), Errc::corrupt,
                       "tar entry \"name\" at offset 0: ")
            << records;
    }
}

} // namespace
} // namespace strata::io
