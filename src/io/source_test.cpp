// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "io/source.hpp"
#include "testing/errors.hpp"

#include <gtest/gtest.h>

#include <array>

namespace strata::io {
namespace {

using strata::testing::FailsWith;

/// Gives one byte at a time, as a slow pipe may.
class Trickle final : public Source {
public:
    explicit Trickle(std::string_view text) : text_{text} {}
    std::size_t read(std::span<std::byte> into) override { return text_.read(into.first(1)); }

private:
    MemorySource text_;
};

TEST(Source, skip_reads_where_a_source_cannot_seek)
{
    Trickle source{"hello"};
    EXPECT_EQ(source.skip(3), 3u);
    EXPECT_EQ(read_all(source, 100), "lo");
}

TEST(Source, skip_tells_how_little_there_was)
{
    Trickle trickle{"hello"};
    EXPECT_EQ(trickle.skip(10), 5u);
    MemorySource memory{"hello"};
    EXPECT_EQ(memory.skip(10), 5u);
}

TEST(Source, read_full_gathers_short_reads)
{
    Trickle source{"hello"};
    std::array<std::byte, 4> buffer;
    EXPECT_EQ(read_full(source, buffer), 4u);
    EXPECT_EQ(read_full(source, buffer), 1u);
    EXPECT_EQ(read_full(source, buffer), 0u);
}

TEST(Source, read_all_refuses_more_than_its_limit)
{
    MemorySource fits{"12345"};
    EXPECT_EQ(read_all(fits, 5), "12345");
    MemorySource too_long{"123456"};
    EXPECT_THAT([&] { read_all(too_long, 5); }, FailsWith(Errc::exhausted));
}

TEST(Source, copy_moves_everything)
{
    const std::string text(1'000'000, 'y');
    MemorySource source{text};
    StringSink sink;
    EXPECT_EQ(copy(source, sink), text.size());
    EXPECT_EQ(sink.text, text);
}

} // namespace
} // namespace strata::io
