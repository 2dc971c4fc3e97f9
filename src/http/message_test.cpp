// SPDX-License-Identifier: Apache-2.0
#include "http/message.hpp"
#include "http/rate_limiter.hpp"
#include "http/response_head.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace strata::http {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

TEST(PercentCoding, goes_both_ways)
{
    EXPECT_EQ(percent_encode("a b/ü~"), "a%20b%2F%C3%BC~");
    EXPECT_EQ(percent_decode("a%20b%2F%c3%BC~+"), "a b/ü~+");
    for (const char* bad : {"%", "%4", "%zz", "%4g", "a%", "%00"}) {
        EXPECT_EQ(percent_decode(bad), std::nullopt) << bad;
    }
}

TEST(Query, is_taken_apart_in_order)
{
    EXPECT_THAT(parse_query("n=10&last=a%2Fb+c&flag&=x&&n=2").value(),
                ElementsAre(Pair("n", "10"), Pair("last", "a/b c"), Pair("flag", ""), Pair("", "x"),
                            Pair("n", "2")));
    EXPECT_TRUE(parse_query("")->empty());
    EXPECT_EQ(parse_query("a=%zz"), std::nullopt);
    EXPECT_THAT(parse_query("a=b=c").value(), ElementsAre(Pair("a", "b=c")));
}

TEST(ReasonPhrase, is_known_or_empty)
{
    EXPECT_EQ(reason_phrase(404), "Not Found");
    EXPECT_EQ(reason_phrase(599), "");
}

std::string head_of(const Response& response, const AnswerTo& request = {})
{
    std::string head;
    append_head(head, response, request, "Date: now\r\n");
    return head;
}

TEST(ResponseHead, is_complete)
{
    Response response;
    response.status = 201;
    response.field("Location", "/x");
    response.prepared_fields = std::make_shared<const std::string>("X: y\r\n");
    response.body = std::string{"four"};

    EXPECT_EQ(head_of(response), "HTTP/1.1 201 Created\r\nDate: now\r\nContent-Length: 4\r\n"
                                 "Location: /x\r\nX: y\r\n\r\n");
}

TEST(ResponseHead, no_field_is_smuggled_through_a_value)
{
    Response response;
    response.field("X-Name\r\nEvil", std::string{"a\r\nSet-Cookie: b\0c\n\r\n", 21});

    EXPECT_THAT(head_of(response), HasSubstr("X-Name  Evil: a  Set-Cookie: b c   \r\n\r\n"));
}

TEST(ResponseHead, says_how_the_body_ends)
{
    Response streamed;
    streamed.body = Streamed{};
    EXPECT_THAT(head_of(streamed), HasSubstr("Transfer-Encoding: chunked\r\n"));
    EXPECT_THAT(head_of(streamed, {.http_1_0 = true}),
                AllOf(Not(HasSubstr("chunked")), HasSubstr("Connection: close")));

    Response empty;
    EXPECT_THAT(head_of(empty), HasSubstr("Content-Length: 0\r\n"));
    empty.length_of_nothing = 5;
    EXPECT_THAT(head_of(empty, {.head = true}), HasSubstr("Content-Length: 5\r\n"));
    EXPECT_THAT(head_of(empty), HasSubstr("Content-Length: 0\r\n"));
    empty.status = 304;
    EXPECT_THAT(head_of(empty), HasSubstr("Content-Length: 5\r\n"));
    empty.status = 204;
    EXPECT_THAT(head_of(empty), Not(HasSubstr("Content-Length")));
}

TEST(ResponseHead, says_whether_the_connection_lasts)
{
    const Response response;
    EXPECT_THAT(head_of(response), Not(HasSubstr("Connection")));
    EXPECT_THAT(head_of(response, {.keep_alive = false}), HasSubstr("Connection: close\r\n"));
    EXPECT_THAT(head_of(response, {.http_1_0 = true}), HasSubstr("Connection: keep-alive\r\n"));
}

TEST(RateLimiter, gives_a_burst_and_then_its_rate)
{
    RateLimiter limiter{2, 3};
    const RateLimiter::Clock::time_point now{seconds{1000}};

    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(limiter.allow("192.0.2.1", now));
    }
    EXPECT_FALSE(limiter.allow("192.0.2.1", now));
    EXPECT_TRUE(limiter.allow("192.0.2.2", now));
    EXPECT_TRUE(limiter.allow("192.0.2.1", now + seconds{1}));
    EXPECT_TRUE(limiter.allow("192.0.2.1", now + seconds{1}));
    EXPECT_FALSE(limiter.allow("192.0.2.1", now + seconds{1}));
    EXPECT_FALSE(limiter.allow("192.0.2.1", now)); // a clock that steps back gives nothing
}

TEST(RateLimiter, an_ipv6_client_is_its_network)
{
    RateLimiter limiter{1, 1};
    const RateLimiter::Clock::time_point now{seconds{1000}};

    EXPECT_TRUE(limiter.allow("2001:db8:1:2::1", now));
    EXPECT_FALSE(limiter.allow("2001:db8:1:2:ffff::1", now));
    EXPECT_TRUE(limiter.allow("2001:db8:1:3::1", now));
    EXPECT_TRUE(limiter.allow("2001:db8::1", now));
    EXPECT_FALSE(limiter.allow("2001:db8::2", now));
}

TEST(RateLimiter, forgets_when_too_many_come_at_once)
{
    RateLimiter limiter{1, 1};
    const RateLimiter::Clock::time_point now{seconds{1000}};
    EXPECT_TRUE(limiter.allow("192.0.2.1", now));

    for (std::size_t i = 0; i < 2 * RateLimiter::kRemembered; ++i) {
        limiter.allow("client " + std::to_string(i), now);
    }

    EXPECT_TRUE(limiter.allow("192.0.2.1", now));
}

} // namespace
} // namespace strata::http
