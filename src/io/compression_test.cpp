// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "io/compression.hpp"
#include "sys/file.hpp"
#include "testing/errors.hpp"
#include "testing/run_program.hpp"
#include "testing/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>

#include <random>

namespace strata::io {
namespace {

using strata::testing::FailsWith;
using strata::testing::run_program;
using strata::testing::TempDir;
using ::testing::HasSubstr;
using ::testing::Values;
using namespace std::string_literals;

/// Half of it compresses well, half not at all.
std::string sample(std::size_t size)
{
    std::mt19937_64 random{size};
    std::string text;
    while (text.size() < size) {
        if (random() % 2 == 0) {
            text.append(random() % 300, static_cast<char>('a' + random() % 20));
        } else {
            for (std::uint64_t i = random() % 300; i > 0; --i) {
                text += static_cast<char>(random());
            }
        }
    }
    text.resize(size);
    return text;
}

/// What the format's own program makes of `text`.
std::string compressed_by(const std::vector<std::string>& program, std::string_view text)
{
    const TempDir folder;
    const std::string name = (folder / "file").string();
    sys::write_all(sys::open_file(name, O_WRONLY | O_CREAT, 0600), text);
    std::vector<std::string> arguments = program;
    arguments.insert(arguments.end(), {"-c", name});
    const auto result = run_program(arguments);
    EXPECT_EQ(result.status, 0) << result.output;
    return result.output;
}

std::string inflate(std::string_view data, Compression compression)
{
    return read_all(*decompress(std::make_unique<MemorySource>(data), compression), 1 << 30);
}

std::string inflate_detected(std::string_view data)
{
    return read_all(*decompress_detected(std::make_unique<MemorySource>(data)).source, 1 << 30);
}

std::string compress_text(std::string_view text, Compression compression,
                          const CompressOptions& options = {}, std::size_t piece = 1 << 20)
{
    StringSink sink;
    const auto compressor = compress(sink, compression, options);
    for (std::size_t at = 0; at < text.size(); at += piece) {
        compressor->write(text.substr(at, piece));
    }
    compressor->finish();
    return sink.text;
}

struct Format {
    Compression compression;
    std::vector<std::string> program;
};
void PrintTo(const Format& format, std::ostream* out)
{
    *out << name_of(format.compression);
}

class EveryFormat : public ::testing::TestWithParam<Format> {
protected:
    std::string make(std::string_view text) { return compressed_by(GetParam().program, text); }
    std::string read(std::string_view data) { return inflate(data, GetParam().compression); }
};

INSTANTIATE_TEST_SUITE_P(
    Compression, EveryFormat,
    Values(Format{Compression::gzip, {"gzip"}}, Format{Compression::zstd, {"zstd", "-q"}},
           Format{Compression::xz, {"xz"}}, Format{Compression::bzip2, {"bzip2"}}),
    [](const auto& instance) { return std::string{name_of(instance.param.compression)}; });

TEST_P(EveryFormat, is_detected_and_inflated)
{
    for (const std::size_t size : {0, 1, 1000, 700'000}) {
        const std::string text = sample(size);
        const std::string data = make(text);
        const auto head = std::as_bytes(std::span{data}).first(10);
        EXPECT_EQ(detect_compression(head), GetParam().compression);
        EXPECT_EQ(inflate_detected(data), text);
    }
}

TEST_P(EveryFormat, reads_several_members_as_one)
{
    EXPECT_EQ(read(make("one") + make("") + make("two")), "onetwo");
}

TEST_P(EveryFormat, refuses_every_truncation)
{
    const std::string data = make(sample(600));
    for (std::size_t length = 0; length < data.size(); ++length) {
        EXPECT_THAT([&] { read(data.substr(0, length)); }, FailsWith(Errc::corrupt))
            << "cut at " << length;
    }
}

TEST_P(EveryFormat, refuses_garbage_behind_the_end)
{
    EXPECT_THAT([&] { read(make("text") + "garbage"); }, FailsWith(Errc::corrupt));
    EXPECT_THAT([&] { read(make("text") + "g"); }, FailsWith(Errc::corrupt));
}

TEST_P(EveryFormat, never_lets_a_flipped_bit_through)
{
    const std::string text = sample(150);
    const std::string data = make(text);
    for (std::size_t bit = 0; bit < data.size() * 8; ++bit) {
        std::string flipped = data;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
        try {
            // Some bits of a header mean nothing to the data: time, operating system.
            EXPECT_EQ(read(flipped), text) << "bit " << bit;
        } catch (const Error& error) {
            EXPECT_NE(error.code(), Errc::internal) << error.what();
        }
    }
}

TEST_P(EveryFormat, inflates_what_comes_in_the_smallest_pieces)
{
    class Trickle final : public Source {
    public:
        explicit Trickle(std::string_view text) : text_{text} {}
        std::size_t read(std::span<std::byte> into) override { return text_.read(into.first(1)); }

    private:
        MemorySource text_;
    };
    const std::string text = sample(3000);
    const std::string data = make(text) + make("more");
    const SourcePtr source = decompress(std::make_unique<Trickle>(data), GetParam().compression);
    std::string read;
    std::byte byte;
    while (source->read({&byte, 1}) == 1) {
        read += static_cast<char>(byte);
    }
    EXPECT_EQ(read, text + "more");
}

TEST(Compression, takes_short_and_unknown_data_as_it_is)
{
    for (const std::string& text :
         {""s, "a"s, "\x1f\x8b"s, "BZh"s, "BZh91.txt and more"s, std::string(1000, 'x')}) {
        EXPECT_EQ(inflate_detected(text), text);
    }
}

TEST(Compression, skips_where_nothing_is_compressed)
{
    const auto plain = decompress_detected(std::make_unique<MemorySource>("0123456789abcdef"));
    EXPECT_EQ(plain.compression, Compression::none);
    EXPECT_EQ(plain.source->skip(12), 12u);
    EXPECT_EQ(read_all(*plain.source, 100), "cdef");
}

TEST(Compression, takes_zeros_behind_gzip_for_padding)
{
    const std::string data = compressed_by({"gzip"}, "text");
    const std::string zeros(300'000, '\0');
    EXPECT_EQ(inflate(data + "\0"s, Compression::gzip), "text");
    EXPECT_EQ(inflate(data + zeros, Compression::gzip), "text");
    EXPECT_THAT([&] { inflate(data + zeros + data, Compression::gzip); },
                FailsWith(Errc::corrupt, HasSubstr("behind the padding")));
    EXPECT_THAT([&] { inflate(zeros, Compression::gzip); }, FailsWith(Errc::corrupt));
}

TEST(Compression, checks_a_gzip_header_that_has_everything)
{
    // FTEXT FHCRC FEXTRA FNAME FCOMMENT, then "text" stored.
    const std::string header = "\x1f\x8b\x08\x1f\x01\x02\x03\x04\x02\x03"
                               "\x03\0"
                               "abcname\0a comment\0"s;
    const std::string body = "\x01\x04\x00\xfb\xfftext\xc7\xa7\x8b\x3b\x04\0\0\0"s;
    EXPECT_EQ(inflate(header + "\x53\xad" + body, Compression::gzip), "text");
    EXPECT_THAT([&] { inflate(header + "\x53\xae" + body, Compression::gzip); },
                FailsWith(Errc::corrupt, HasSubstr("checksum")));
}

TEST(Compression, refuses_gzip_flags_that_mean_nothing_yet)
{
    std::string data = compressed_by({"gzip"}, "text");
    data[3] = static_cast<char>(data[3] | 0x40);
    EXPECT_THAT([&] { inflate(data, Compression::gzip); }, FailsWith(Errc::corrupt));
}

TEST(Compression, skips_skippable_zstd_frames)
{
    const std::string skippable = "\x5a\x2a\x4d\x18\x03\0\0\0abc"s;
    const std::string data = skippable + compressed_by({"zstd", "-q"}, "text") + skippable;
    EXPECT_EQ(inflate_detected(data), "text");
}

TEST(Compression, refuses_a_zstd_window_over_128_mib)
{
    // A frame header that asks for a window of 2^28 bytes.
    const std::string data = "\x28\xb5\x2f\xfd\x00\x90\x00\x00\x00"s;
    EXPECT_THAT([&] { inflate(data, Compression::zstd); }, FailsWith(Errc::exhausted));
}

TEST(Compression, what_it_compresses_its_own_programs_read)
{
    const std::string text = sample(3'000'000);
    const TempDir folder;
    const std::string name = (folder / "file").string();
    for (const auto& [compression, program] :
         {std::pair{Compression::gzip, "gzip"}, std::pair{Compression::zstd, "zstd"}}) {
        const sys::Fd file = sys::open_file(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        sys::write_all(file, compress_text(text, compression));
        EXPECT_EQ(run_program({program, "-dc", name}).output, text);
    }
}

TEST(Compression, compresses_the_same_bytes_whatever_the_pieces_and_threads)
{
    const std::string text = sample(2'500'000);
    for (const Compression compression : {Compression::gzip, Compression::zstd}) {
        for (const int level : {0, 1, 3, 6}) {
            const std::string data = compress_text(text, compression, {.level = level});
            EXPECT_EQ(compress_text(text, compression, {.level = level, .threads = 1}, 99'999),
                      data);
            EXPECT_EQ(compress_text(text, compression, {.level = level, .threads = 5}, 1'234'567),
                      data);
            EXPECT_EQ(inflate_detected(data), text);
        }
    }
}

TEST(Compression, compresses_nothing_into_something_valid)
{
    for (const Compression compression : {Compression::gzip, Compression::zstd}) {
        const std::string data = compress_text("", compression);
        EXPECT_NE(data, "");
        EXPECT_EQ(inflate(data, compression), "");
    }
}

TEST(Compression, an_unfinished_compressor_just_goes_away)
{
    StringSink sink;
    const auto compressor = compress(sink, Compression::gzip);
    compressor->write(sample(10'000'000));
}

TEST(Compression, says_which_levels_and_formats_there_are)
{
    StringSink sink;
    EXPECT_THAT([&] { compress(sink, Compression::gzip, {.level = 10}); },
                FailsWith(Errc::invalid_argument));
    EXPECT_THAT([&] { compress(sink, Compression::zstd, {.level = 20}); },
                FailsWith(Errc::invalid_argument));
    EXPECT_THAT([&] { compress(sink, Compression::xz); }, FailsWith(Errc::unsupported));
}

} // namespace
} // namespace strata::io
