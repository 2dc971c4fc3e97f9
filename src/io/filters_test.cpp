// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "io/filters.hpp"
#include "testing/errors.hpp"

#include <gtest/gtest.h>

namespace strata::io {
namespace {

using strata::testing::FailsWith;
using ::testing::HasSubstr;

std::vector<std::uint8_t> sha256_of(std::string_view text)
{
    Hasher hasher;
    hasher.update(text);
    return hasher.finish();
}

SourcePtr memory(std::string_view text)
{
    return std::make_unique<MemorySource>(text);
}

/// Counts how often it is asked, as a file would be.
class AskedSource final : public Source {
public:
    explicit AskedSource(std::string_view text) : text_{text} {}
    std::size_t read(std::span<std::byte> into) override
    {
        ++reads;
        return text_.read(into);
    }
    std::uint64_t skip(std::uint64_t count) override
    {
        ++skips;
        return text_.skip(count);
    }
    int reads = 0;
    int skips = 0;

private:
    MemorySource text_;
};

TEST(TeeSource, copies_what_passes_and_what_is_skipped)
{
    MemorySource text{"0123456789"};
    StringSink copy;
    TeeSource tee{text, copy};
    EXPECT_EQ(tee.skip(4), 4u);
    EXPECT_EQ(read_all(tee, 100), "456789");
    EXPECT_EQ(copy.text, "0123456789");
}

TEST(HashingSource, knows_the_digest_of_what_was_read)
{
    MemorySource text{"some text"};
    HashingSource hashed{text};
    hashed.skip(5);
    EXPECT_EQ(read_all(hashed, 100), "text");
    EXPECT_EQ(hashed.count(), 9u);
    EXPECT_EQ(hashed.finish(), sha256_of("some text"));
}

TEST(VerifiedSource, lets_the_right_bytes_through)
{
    VerifiedSource source{memory("text"), {.digest = sha256_of("text"), .size = 4}};
    EXPECT_EQ(read_all(source, 100), "text");
    std::byte byte;
    EXPECT_EQ(source.read({&byte, 1}), 0u);
}

TEST(VerifiedSource, names_both_digests_when_they_differ)
{
    VerifiedSource source{memory("text"), {.digest = sha256_of("abc")}};
    EXPECT_THAT([&] { read_all(source, 100); },
                FailsWith(Errc::corrupt, HasSubstr("expected sha256:ba7816bf8f01")));
}

TEST(VerifiedSource, does_not_read_on_past_the_expected_size)
{
    VerifiedSource longer{memory("text and more"), {.digest = sha256_of("text"), .size = 4}};
    EXPECT_THAT([&] { read_all(longer, 100); }, FailsWith(Errc::corrupt, HasSubstr("size")));
    VerifiedSource shorter{memory("tex"), {.digest = sha256_of("text"), .size = 4}};
    EXPECT_THAT([&] { read_all(shorter, 100); },
                FailsWith(Errc::corrupt, HasSubstr("expected 4 bytes, got 3")));
}

TEST(LimitedSource, ends_early_and_leaves_the_rest)
{
    MemorySource text{"0123456789"};
    LimitedSource limited{text, 5};
    EXPECT_EQ(limited.skip(2), 2u);
    EXPECT_EQ(read_all(limited, 100), "234");
    EXPECT_EQ(limited.skip(1), 0u);
    EXPECT_EQ(read_all(text, 100), "56789");
}

TEST(ObservedSource, reports_totals_and_can_be_stopped)
{
    MemorySource text{"0123456789"};
    std::vector<std::uint64_t> totals;
    ObservedSource source{text, [&](std::uint64_t total) {
                              totals.push_back(total);
                              if (total > 5) {
                                  throw Error{Errc::cancelled, "enough"};
                              }
                          }};
    source.skip(3);
    EXPECT_THAT([&] { read_all(source, 100); }, FailsWith(Errc::cancelled));
    EXPECT_EQ(totals, (std::vector<std::uint64_t>{3, 10}));
}

TEST(CountingSink, counts_and_hands_on)
{
    StringSink text;
    CountingSink counted{text};
    counted.write("abc");
    counted.write("de");
    EXPECT_EQ(counted.count(), 5u);
    EXPECT_EQ(text.text, "abcde");
    CountingSink alone;
    alone.write("abc");
    EXPECT_EQ(alone.count(), 3u);
}

TEST(BufferedSink, gathers_small_writes_and_keeps_the_order)
{
    StringSink text;
    CountingSink counted{text};
    BufferedSink buffered{counted, 10};
    buffered.write("abc");
    buffered.write("def");
    EXPECT_EQ(text.text, "");
    buffered.write("ghijk");
    EXPECT_EQ(text.text, "abcdef");
    buffered.write("0123456789012345");
    EXPECT_EQ(text.text, "abcdefghijk0123456789012345");
    buffered.write("z");
    buffered.flush();
    EXPECT_EQ(text.text, "abcdefghijk0123456789012345z");
}

TEST(BufferedSource, asks_rarely_for_small_reads_and_skips_far_without_reading)
{
    const std::string text(10'000, 'x');
    AskedSource asked{text};
    BufferedSource source{asked, 1000};
    std::byte piece[100];
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(source.read(piece), 100u);
    }
    EXPECT_EQ(asked.reads, 1);
    EXPECT_EQ(source.skip(5000), 5000u);
    EXPECT_EQ(asked.reads, 1);
    EXPECT_EQ(source.skip(100'000), 4000u);
    EXPECT_EQ(source.read(piece), 0u);
}

} // namespace
} // namespace strata::io
