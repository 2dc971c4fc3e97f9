// SPDX-License-Identifier: Apache-2.0
#include "http/chunks.hpp"

#include <gtest/gtest.h>

#include <string>

namespace strata::http {
namespace {

/// What a body says, if it comes in these pieces; "bad" if it is malformed, "more" if it is
/// incomplete. What follows the body is appended behind a '|'.
std::string read_pieces(std::string_view text, std::size_t first, std::size_t others)
{
    BodyFraming framing = BodyFraming::of_chunks();
    std::string data;
    std::size_t piece = first;
    while (!text.empty() && !framing.done() && !framing.bad()) {
        std::string bytes{text.substr(0, piece)};
        text.remove_prefix(bytes.size());
        const auto squeezed = framing.squeeze(std::as_writable_bytes(std::span{bytes}));
        data += bytes.substr(0, squeezed.data);
        if (framing.done()) {
            data += "|" + bytes.substr(bytes.size() - squeezed.rest);
        }
        piece = others;
    }
    return framing.bad() ? "bad" : framing.done() ? data + std::string{text} : "more";
}

TEST(Chunks, are_put_together_however_they_arrive)
{
    const std::string text = "5;name=\"value\"\r\nhello\r\n1 \r\n \r\n00A\r\n\r\n, world\n\r\n"
                             "000\r\nTrailer: x\r\nY:\r\n\r\nGET /next";

    for (std::size_t first = 1; first <= text.size(); ++first) {
        for (const std::size_t others : {std::size_t{1}, std::size_t{3}, text.size()}) {
            ASSERT_EQ(read_pieces(text, first, others), "hello \r\n, world\n|GET /next")
                << first << ", " << others;
        }
    }
}

TEST(Chunks, are_incomplete_until_the_last_byte)
{
    const std::string text = "5\r\nhello\r\n0\r\n\r\n";
    for (std::size_t size = 0; size < text.size(); ++size) {
        EXPECT_EQ(read_pieces(text.substr(0, size), 1, 1), "more") << size;
    }
    EXPECT_EQ(read_pieces(text, 1, 1), "hello|");
}

TEST(Chunks, malformed_ones_are_refused)
{
    for (const std::string text : {"x\r\n",
                                   "\r\n",
                                   "-1\r\n",
                                   "+1\r\n",
                                   "0x1\r\n",
                                   ";x\r\n",
                                   "1\nA\r\n",
                                   "1\r\rA",
                                   "1\r\nAB",
                                   "1\r\nA\n0\r\n\r\n",
                                   "1\r\nA\rB",
                                   "ffffffffffffffff\r\n",
                                   "10000000000000000\r\n",
                                   "1;a\nb\r\n",
                                   "0\r\n\n",
                                   "0\r\n X: folded\r\n\r\n",
                                   "0\r\n: x\r\n\r\n",
                                   "0\r\nX: a\n\r\n",
                                   "0\r\n\r\r",
                                   "1;\x01\r\nA\r\n"}) {
        EXPECT_EQ(read_pieces(text, text.size(), 1), "bad") << text;
        EXPECT_EQ(read_pieces(text, 1, 1), "bad") << text;
    }
}

TEST(Chunks, extensions_and_trailers_are_bounded)
{
    const std::string much(9000, 'x');

    EXPECT_EQ(read_pieces("1;" + much + "\r\nA\r\n", 100, 100), "bad");
    EXPECT_EQ(read_pieces("0\r\nX:" + much + "\r\n\r\n", 100, 100), "bad");
    std::string trailers = "0\r\n";
    for (int i = 0; i < 9000; ++i) {
        trailers += "X:\r\n";
    }
    EXPECT_EQ(read_pieces(trailers, 100, 100), "bad");
}

TEST(BodyFraming, counts_down_a_length)
{
    BodyFraming framing = BodyFraming::of_length(7);

    EXPECT_EQ(framing.take("hello").data, 5U);
    EXPECT_FALSE(framing.done());
    EXPECT_EQ(framing.take("hello").taken, 2U);
    EXPECT_TRUE(framing.done());
    EXPECT_TRUE(BodyFraming::of_length(0).done());
}

} // namespace
} // namespace strata::http
