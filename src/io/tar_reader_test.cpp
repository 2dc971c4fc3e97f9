// SPDX-License-Identifier: Apache-2.0
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
using io::testing::read_content;
using io::testing::read_only_entry;
using io::testing::read_tar;
using strata::testing::FailsWith;
using strata::testing::pax_record;
using strata::testing::RawTar;
using strata::testing::TinyLayer;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::string_literals;

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
