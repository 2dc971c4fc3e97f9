// SPDX-License-Identifier: Apache-2.0
#include "container/shim_protocol.hpp"
#include "testing/errors.hpp"

#include <algorithm>
#include <vector>

namespace strata::container {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::Pair;

/// What a reader makes of `bytes` that come in pieces of `piece`.
std::vector<std::pair<FrameType, std::string>> read(std::string_view bytes, std::size_t piece)
{
    FrameReader reader;
    std::vector<std::pair<FrameType, std::string>> frames;
    while (!bytes.empty()) {
        const auto space = reader.space();
        const std::size_t count = std::min({piece, space.size(), bytes.size()});
        std::copy_n(bytes.begin(), count, space.begin());
        reader.received(count);
        bytes.remove_prefix(count);
        while (const auto frame = reader.next()) {
            frames.emplace_back(frame->type, std::string{frame->payload});
        }
    }
    return frames;
}

TEST(FrameReader, PutsPiecesOfAnySizeTogether)
{
    std::string bytes;
    append_frame(bytes, FrameType::output, "hello");
    append_frame(bytes, FrameType::input_end);
    append_frame(bytes, FrameType::errors, "\0x");
    for (const std::size_t piece : {1u, 3u, 8u, 1000u}) {
        EXPECT_THAT(read(bytes, piece),
                    ElementsAre(Pair(FrameType::output, "hello"), Pair(FrameType::input_end, ""),
                                Pair(FrameType::errors, "")))
            << piece;
    }
}

TEST(FrameReader, TakesTheLargestPayload)
{
    std::string bytes;
    append_frame(bytes, FrameType::output, std::string(kMaxPayload, 'x'));
    append_frame(bytes, FrameType::started, "y");
    const auto frames = read(bytes, 65536);
    ASSERT_EQ(frames.size(), 2u);
    EXPECT_EQ(frames[0].second.size(), kMaxPayload);
}

TEST(FrameReader, RefusesWhatNoShimSays)
{
    std::string bytes;
    append_header(bytes, FrameType::output, kMaxPayload + 1);
    EXPECT_THAT([&] { read(bytes, 8); }, FailsWith(Errc::corrupt));
    EXPECT_THAT([] { read("GET / HTTP/1.1\r\n", 100); }, FailsWith(Errc::corrupt));
}

TEST(Payloads, SurviveTheWay)
{
    const sys::WindowSize size =
        decode_window_size(encode(sys::WindowSize{.rows = 24, .columns = 80}));
    EXPECT_EQ(size.rows, 24);
    EXPECT_EQ(size.columns, 80);
    EXPECT_EQ(decode_i32(encode(std::int32_t{-7})), -7);
    EXPECT_TRUE(decode_attach(encode(AttachRequest{.errors = true})).errors);

    Error error{Errc::not_found, "no such thing", "Look elsewhere."};
    error.add_context("starting");
    error.add_context("running");
    const Error again = decode_failure(encode(error));
    EXPECT_EQ(again.code(), Errc::not_found);
    EXPECT_STREQ(again.what(), error.what());
    EXPECT_EQ(again.hint(), "Look elsewhere.");
}

TEST(Payloads, ThatEndEarlyAreRefused)
{
    EXPECT_THAT([] { decode_window_size("abc"); }, FailsWith(Errc::corrupt));
    const std::string whole = encode(Error{Errc::denied, "message", "hint"});
    for (std::size_t i = 0; i < whole.size(); ++i) {
        EXPECT_THAT([&] { decode_failure(std::string_view{whole}.substr(0, i)); },
                    FailsWith(Errc::corrupt))
            << i;
    }
}

} // namespace
} // namespace strata::container
