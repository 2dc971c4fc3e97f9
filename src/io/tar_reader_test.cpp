// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "io/tar_reader.hpp"
#include "testing/errors.hpp"
#include "testing/raw_tar.hpp"
#include "testing/tiny_layer.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

namespace strata::io {
namespace {

using strata::testing::FailsWith;
using strata::testing::pax_record;
using strata::testing::RawTar;
using strata::testing::TinyLayer;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using std::string_literals::operator""s;

std::string read_content(TarReader& reader)
{
    std::string content;
    std::byte buffer[777];
    while (const std::size_t got = reader.read_data(buffer)) {
        content.append(reinterpret_cast<const char*>(buffer), got);
    }
    return content;
}

struct ReadEntry {
    TarEntry entry;
    std::string content;
};

std::vector<ReadEntry> read_tar(std::string_view tar, const TarLimits& limits = {})
{
    MemorySource source{tar};
    TarReader reader{source, limits};
    std::vector<ReadEntry> entries;
    while (const TarEntry* entry = reader.next()) {
        entries.push_back({*entry, read_content(reader)});
    }
    return entries;
}

TarEntry read_only_entry(const RawTar& tar)
{
    const auto entries = read_tar(tar.bytes());
    EXPECT_EQ(entries.size(), 1u);
    return entries.at(0).entry;
}

std::vector<std::string> names_of(const std::vector<ReadEntry>& entries)
{
    std::vector<std::string> names;
    for (const ReadEntry& read : entries) {
        names.push_back(read.entry.path);
    }
    return names;
}

/// Reading `tar` fails with this code and a message that says so.
#define EXPECT_REFUSED(tar, code, text)                                                            \
    EXPECT_THAT([&] { read_tar((tar).bytes()); }, FailsWith(code, HasSubstr(text)))

// Where an entry lies.

TEST(TarReader, says_where_headers_and_data_lie)
{
    const auto tar = RawTar{}
                         .file("a", "12345")
                         .pax(pax_record("path", "longer"))
                         .file("b", std::string(513, 'x'))
                         .file("c", "")
                         .end();
    const auto entries = read_tar(tar.bytes());
    ASSERT_EQ(names_of(entries), (std::vector<std::string>{"a", "longer", "c"}));
    EXPECT_EQ(entries[0].entry.header_offset, 0u);
    EXPECT_EQ(entries[0].entry.data_offset, 512u);
    EXPECT_EQ(entries[1].entry.header_offset, 1024u);
    EXPECT_EQ(entries[1].entry.data_offset, 1024u + 3 * 512u);
    EXPECT_EQ(entries[1].entry.stored_size, 513u);
    EXPECT_EQ(entries[2].entry.header_offset, entries[1].entry.data_offset + 1024u);
}

TEST(TarReader, skips_data_that_nobody_read_or_read_only_in_part)
{
    const auto tar = RawTar{}.file("a", std::string(2000, 'a')).file("b", "b").end();
    MemorySource source{tar.bytes()};
    TarReader reader{source};
    reader.next();
    std::byte some[100];
    reader.read_data(some);
    ASSERT_EQ(reader.next()->path, "b");
    EXPECT_EQ(read_content(reader), "b");
}

// The end.

TEST(TarReader, ends_as_docker_does)
{
    const std::string body = RawTar{}.file("a", "hello").file("b", std::string(600, 'x')).bytes();
    const std::string zeros(512, '\0');
    const auto count = [](const std::string& tar) { return read_tar(tar).size(); };
    EXPECT_EQ(count(body + zeros + zeros), 2u);
    EXPECT_EQ(count(body + zeros), 2u);
    EXPECT_EQ(count(body), 2u);
    EXPECT_EQ(count(body + zeros + zeros + "garbage"), 2u);
    EXPECT_EQ(count(body.substr(0, body.size() - 424)), 2u) << "the last padding is missing";
    EXPECT_EQ(count(""), 0u);
}

TEST(TarReader, refuses_a_truncated_archive)
{
    const std::string body = RawTar{}.file("a", "hello").file("b", std::string(600, 'x')).bytes();
    const auto refuse = [](const std::string& tar, const char* text) {
        EXPECT_THAT([&] { read_tar(tar); }, FailsWith(Errc::corrupt, HasSubstr(text)));
    };
    refuse(body.substr(0, body.size() - 500), "entry \"b\" at offset 1024");
    refuse(body.substr(0, 1024 + 100), "offset 1024: the archive is truncated in a header");
    refuse(body.substr(0, 100), "not a tar archive");
    refuse(body + std::string(512 + 100, '\0'), "truncated");
    refuse(RawTar{}.pax(pax_record("path", "x")).bytes(), "ends between");
    refuse(RawTar{}.pax(pax_record("path", "x")).bytes().substr(0, 520), "truncated");
}

TEST(TarReader, notices_truncation_also_when_data_is_skipped)
{
    const std::string body = RawTar{}.file("b", std::string(600, 'x')).bytes();
    MemorySource source{std::string_view{body}.substr(0, 1000)};
    TarReader reader{source};
    reader.next();
    EXPECT_THAT([&] { reader.next(); }, FailsWith(Errc::corrupt, HasSubstr("112 bytes")));
}

TEST(TarReader, refuses_a_zero_block_between_entries)
{
    const auto tar = RawTar{}.file("a", "").raw(std::string(512, '\0')).file("b", "").end();
    EXPECT_REFUSED(tar, Errc::corrupt, "lone zero block");
}

TEST(TarReader, drains_what_follows_the_end_mark)
{
    const auto tar = RawTar{}.file("a", "").end().raw(std::string(10'000, 'z'));
    MemorySource source{tar.bytes()};
    TarReader reader{source};
    while (reader.next() != nullptr) {
    }
    reader.drain();
    EXPECT_EQ(reader.offset(), tar.bytes().size());
    EXPECT_EQ(reader.next(), nullptr);
}

TEST(TarReader, refuses_what_is_no_tar)
{
    EXPECT_REFUSED(RawTar{}.raw(std::string(2000, 'x')), Errc::corrupt, "not a tar archive");
    auto tar = RawTar{}.file("a", "").bytes() + RawTar{}.file("b", "").bytes();
    tar[512 + 20] ^= 1;
    EXPECT_THAT([&] { read_tar(tar); },
                FailsWith(Errc::corrupt, HasSubstr("offset 512: invalid tar header")));
}

// Types.

TEST(TarReader, knows_the_types)
{
    const auto tar = RawTar{}
                         .header({.type = '0', .name = "file"})
                         .header({.type = '\0', .name = "old file"})
                         .header({.type = '\0', .name = "old directory/"})
                         .header({.type = '1', .name = "hard", .size = "17", .link = "file"})
                         .header({.type = '2', .name = "symbolic", .size = "17", .link = "/x"})
                         .header({.type = '3', .name = "char"})
                         .header({.type = '4', .name = "block"})
                         .header({.type = '5', .name = "directory", .size = "17"})
                         .header({.type = '6', .name = "fifo"})
                         .header({.type = '7', .name = "contiguous", .size = "3"})
                         .data("abc")
                         .header({.type = 'V', .name = "a tape's label"})
                         .header({.type = 'D', .name = "dump", .size = "5"})
                         .data("Nfile")
                         .end();
    std::vector<std::pair<std::string, EntryType>> found;
    for (const auto& [entry, content] : read_tar(tar.bytes())) {
        found.emplace_back(entry.path, entry.type);
        EXPECT_EQ(content, entry.path == "contiguous" ? "abc" : "");
        EXPECT_EQ(entry.size, content.size());
    }
    using enum EntryType;
    using Found = std::pair<std::string, EntryType>;
    EXPECT_THAT(found, ElementsAre(Found{"file", file}, Found{"old file", file},
                                   Found{"old directory/", directory}, Found{"hard", hard_link},
                                   Found{"symbolic", symlink}, Found{"char", char_device},
                                   Found{"block", block_device}, Found{"directory", directory},
                                   Found{"fifo", fifo}, Found{"contiguous", file},
                                   Found{"dump", directory}));
}

TEST(TarReader, gives_link_targets_to_links_only)
{
    EXPECT_EQ(read_only_entry(RawTar{}.header({.type = '2', .link = "to"})).link_target, "to");
    EXPECT_EQ(read_only_entry(RawTar{}.header({.type = '0', .link = "to"})).link_target, "");
}

TEST(TarReader, refuses_types_that_it_cannot_honour)
{
    EXPECT_REFUSED(RawTar{}.header({.type = 'M', .name = "part"}), Errc::unsupported,
                   "entry \"part\" at offset 0: it continues a file of another volume");
    EXPECT_REFUSED(RawTar{}.header({.type = 'Z'}), Errc::unsupported, "type 'Z'");
}

// Names.

TEST(TarReader, joins_the_prefix_of_ustar)
{
    const auto prefixed = [](TarHeader& header) { std::memcpy(header.prefix, "some/where", 10); };
    EXPECT_EQ(read_only_entry(RawTar{}.header({.name = "x", .change = prefixed})).path,
              "some/where/x");
    EXPECT_EQ(read_only_entry(RawTar{}.header({.name = "x", .magic = "", .change = prefixed})).path,
              "x");
}

TEST(TarReader, takes_times_in_gnu_headers_for_times_and_go_prefixes_for_prefixes)
{
    const auto times = [](TarHeader& header) { std::memcpy(header.prefix, "14543252345\0", 12); };
    EXPECT_EQ(
        read_only_entry(RawTar{}.header({.name = "x", .magic = "ustar  ", .change = times})).path,
        "x");
    // Go before 1.8 wrote this.
    const auto prefixed = [](TarHeader& header) { std::memcpy(header.prefix, "some/where", 10); };
    EXPECT_EQ(
        read_only_entry(RawTar{}.header({.name = "x", .magic = "ustar  ", .change = prefixed}))
            .path,
        "some/where/x");
}

TEST(TarReader, reads_names_that_fill_their_fields)
{
    const std::string name(100, 'n');
    EXPECT_EQ(read_only_entry(RawTar{}.header({.name = name})).path, name);
    EXPECT_EQ(read_only_entry(RawTar{}.header({.type = '1', .link = name})).link_target, name);
}

TEST(TarReader, reads_long_names_of_gnu_and_pax)
{
    const std::string name = std::string(3000, 'n');
    EXPECT_EQ(read_only_entry(RawTar{}.pax(name + '\0', 'L').header({})).path, name);
    EXPECT_EQ(read_only_entry(RawTar{}.pax(name + '\0', 'K').header({.type = '2'})).link_target,
              name);
    EXPECT_EQ(read_only_entry(RawTar{}.pax(pax_record("path", name)).header({})).path, name);
    EXPECT_EQ(read_only_entry(
                  RawTar{}.pax(pax_record("linkpath", name)).header({.type = '2', .link = "no"}))
                  .link_target,
              name);
}

TEST(TarReader, limits_names_and_headers)
{
    const auto tar = RawTar{}.pax(pax_record("path", std::string(5000, 'n'))).header({});
    EXPECT_REFUSED(tar, Errc::exhausted, "longer than 4096 bytes");
    const auto big = RawTar{}.pax(pax_record("comment", std::string(64 << 10, 'c'))).header({});
    EXPECT_EQ(read_only_entry(big).path, "name");
    EXPECT_THAT([&] { read_tar(big.bytes(), {.max_header_bytes = 60'000}); },
                FailsWith(Errc::exhausted, HasSubstr("offset 0")));
    const auto several =
        RawTar{}.pax(std::string(40'000, 'n'), 'L').pax(std::string(40'000, 'n'), 'K').header({});
    EXPECT_THAT([&] { read_tar(several.bytes(), {.max_header_bytes = 60'000}); },
                FailsWith(Errc::exhausted, HasSubstr("headers")));
}

TEST(TarReader, refuses_a_nul_in_a_pax_name)
{
    EXPECT_REFUSED(RawTar{}.pax(pax_record("path", "a\0b"s)).header({}), Errc::corrupt, "NUL");
    EXPECT_REFUSED(RawTar{}.pax(pax_record("SCHILY.xattr.user.\0"s, "b")).header({}), Errc::corrupt,
                   "NUL");
}

TEST(TarReader, prints_hostile_names_harmlessly)
{
    EXPECT_REFUSED(RawTar{}.header({.type = 'Z', .name = "\x1b[2J\n\xff"}), Errc::unsupported,
                   "\"\\x1b[2J\\x0a\\xff\"");
}

// Numbers.

TEST(TarReader, reads_numbers_in_octal_and_base_256)
{
    const auto tar = RawTar{}.header({.size = "0", .change = [](TarHeader& header) {
                                          std::memcpy(header.mode, "0104755",
                                                      8); // file type bits are none of ours
                                          std::memcpy(header.uid, "\x80\0\0\0\xee\x6b\x28\0", 8);
                                          std::memcpy(header.gid, "  17777 ", 8);
                                          std::memset(header.mtime, 0xff, 12);
                                      }});
    const TarEntry entry = read_only_entry(tar);
    EXPECT_EQ(entry.mode, 04755u);
    EXPECT_EQ(entry.uid, 4'000'000'000u);
    EXPECT_EQ(entry.gid, 8191u);
    EXPECT_EQ(entry.mtime, (TarTime{-1, 0}));
}

TEST(TarReader, refuses_numbers_that_are_none)
{
    EXPECT_REFUSED(RawTar{}.header({.size = "12x"}), Errc::corrupt, "size is not an octal number");
    EXPECT_REFUSED(RawTar{}.header({.change = [](TarHeader& header) { header.uid[0] = '9'; }}),
                   Errc::corrupt, "uid is not an octal number");
}

TEST(TarReader, refuses_sizes_that_lie)
{
    const auto with_size = [](std::string_view bytes) {
        return RawTar{}.header({.name = "liar", .change = [=](TarHeader& header) {
                                    std::memcpy(header.size, bytes.data(), 12);
                                }});
    };
    EXPECT_REFUSED(with_size("\x80\0\0\0\x80\0\0\0\0\0\0\0"s), Errc::corrupt,
                   "entry \"liar\" at offset 0: size does not fit into 63 bits");
    EXPECT_REFUSED(with_size("\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff"s), Errc::exhausted,
                   "entry \"liar\" at offset 0: the archive is larger");
    EXPECT_REFUSED(with_size(std::string(12, '\xff')), Errc::corrupt, "size is negative");
    EXPECT_REFUSED(RawTar{}.pax(pax_record("size", "9223372036854775808")).header({}),
                   Errc::corrupt, "does not fit");
    EXPECT_REFUSED(RawTar{}.pax(pax_record("size", "-5")).header({}), Errc::corrupt,
                   "not a number");
    EXPECT_REFUSED(RawTar{}.header({.type = 'x', .size = "77777777777"}), Errc::exhausted,
                   "headers");
}

TEST(TarReader, refuses_ids_and_devices_out_of_range)
{
    EXPECT_REFUSED(RawTar{}.pax(pax_record("uid", "4294967295")).header({}), Errc::corrupt,
                   "uid 4294967295 is out of range");
    EXPECT_REFUSED(
        RawTar{}.header({.change = [](TarHeader& header) { std::memset(header.gid, 0xff, 8); }}),
        Errc::corrupt, "gid -1 is out of range");
    EXPECT_REFUSED(
        RawTar{}.header(
            {.type = '3',
             .change = [](TarHeader& header) { std::memset(header.device_major, 0xff, 8); }}),
        Errc::corrupt, "device number -1");
}

TEST(TarReader, accepts_checksums_of_signed_bytes)
{
    std::string tar = RawTar{}
                          .header({.name = "gr\xfc\xdf"
                                           "e"})
                          .bytes();
    auto& header = *reinterpret_cast<TarHeader*>(tar.data());
    // Two bytes count 256 less when they are signed.
    const std::uint32_t sum = tar_checksum(header) - 2 * 256;
    std::memcpy(header.checksum, fmt::format("{:06o}", sum).c_str(), 7);
    EXPECT_EQ(read_tar(tar).at(0).entry.path, "gr\xfc\xdf"
                                              "e");
}

// PAX.

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

// Sparse files.

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

// Limits, and state.

TEST(TarReader, limits_entries_and_bytes)
{
    const auto layer = TinyLayer{}.file("a", "12345").file("b", "12345").build();
    EXPECT_THAT(
        [&] { read_tar(layer.bytes(), {.max_entries = 1}); },
        FailsWith(Errc::exhausted, HasSubstr("offset 1024: the archive has more than the 1")));
    EXPECT_EQ(read_tar(layer.bytes(), {.max_bytes = layer.bytes().size()}).size(), 2u);
    EXPECT_THAT([&] { read_tar(layer.bytes(), {.max_bytes = layer.bytes().size() - 1}); },
                FailsWith(Errc::exhausted));
}

TEST(TarReader, limits_what_it_drains)
{
    const auto tar = RawTar{}.end().raw(std::string(100'000, '\0'));
    MemorySource source{tar.bytes()};
    TarReader reader{source, {.max_bytes = 50'000}};
    EXPECT_EQ(reader.next(), nullptr);
    EXPECT_THAT([&] { reader.drain(); }, FailsWith(Errc::exhausted));
}

TEST(TarReader, nothing_of_one_entry_shows_in_the_next)
{
    TarEntry everything;
    everything.path = std::string(200, 'n');
    everything.type = EntryType::char_device;
    everything.device_major = 5;
    everything.device_minor = 6;
    everything.uid = 4'000'000'000;
    everything.mtime = {7, 8};
    everything.xattrs = {{"user.a", "b"}};
    const auto layer = TinyLayer{}
                           .entry(everything)
                           .symlink("link", std::string(200, 't'))
                           .dir("plain")
                           .mtime(0)
                           .build();
    const auto entries = read_tar(layer.bytes());
    const TarEntry& plain = entries.at(2).entry;
    EXPECT_EQ(plain.path, "plain/");
    EXPECT_EQ(plain.link_target, "");
    EXPECT_EQ(plain.device_major, 0u);
    EXPECT_EQ(plain.uid, 0u);
    EXPECT_EQ(plain.mtime, TarTime{});
    EXPECT_TRUE(plain.xattrs.empty());
}

TEST(TarReader, adds_the_entry_to_errors_of_the_source)
{
    const auto layer = TinyLayer{}.file("big", std::string(10'000, 'x')).build();
    auto source = layer.source_failing_after(2000);
    TarReader reader{source};
    reader.next();
    EXPECT_THAT([&] { reader.next(); },
                FailsWith(Errc::unavailable, AllOf(HasSubstr("\"big\""), HasSubstr("reset"))));
}

} // namespace
} // namespace strata::io
