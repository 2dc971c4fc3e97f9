// SPDX-License-Identifier: Apache-2.0
#include "http/request_head.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace strata::http {
namespace {

using ::testing::ElementsAre;

/// As the server does it: scanned, then parsed.
Refusal parse(const std::string& text, RequestHead& head, const HeadLimits& limits = {})
{
    HeadScanner scanner;
    if (const Refusal refusal = scanner.scan(text, limits)) {
        return refusal;
    }
    if (scanner.size() == 0) {
        return {1, "incomplete"};
    }
    return parse_head(std::string_view{text}.substr(0, scanner.size()), head);
}

std::uint16_t status_of(const std::string& text)
{
    RequestHead head;
    return parse(text, head).status;
}

TEST(RequestHead, has_all_parts_of_a_request)
{
    const std::string text = "POST /v2/a%2Fb/?n=1&last=x HTTP/1.1\r\nHost: example.com:5000\r\n"
                             "X-Two:  a b \t\r\nx-two:second\r\nContent-Length: 12\r\n\r\nrest";
    const Peer peer;
    ParsedRequest request{peer};

    ASSERT_EQ(parse(text, request.head).status, 0);

    EXPECT_EQ(request.method(), Method::post);
    EXPECT_EQ(request.method_name(), "POST");
    EXPECT_EQ(request.path(), "/v2/a%2Fb/");
    EXPECT_EQ(request.query(), "n=1&last=x");
    EXPECT_EQ(request.field("HOST"), "example.com:5000");
    EXPECT_EQ(request.field("x-TWO"), "a b");
    EXPECT_THAT(request.fields("X-Two"), ElementsAre("a b", "second"));
    EXPECT_EQ(request.field("Accept"), std::nullopt);
    EXPECT_EQ(request.content_length(), 12U);
    EXPECT_TRUE(request.head.keep_alive);
}

TEST(RequestHead, a_header_is_found_however_it_arrives)
{
    const std::string text = "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
    HeadScanner scanner;

    for (std::size_t size = 0; size < text.size(); ++size) {
        ASSERT_EQ(scanner.scan(text.substr(0, size), {}).status, 0);
        ASSERT_EQ(scanner.size(), 0U) << size;
    }
    ASSERT_EQ(scanner.scan(text + "GET", {}).status, 0);
    EXPECT_EQ(scanner.size(), text.size());
}

TEST(RequestHead, persistence_follows_version_and_connection)
{
    const auto keeps_alive = [](const std::string& version, const std::string& connection) {
        RequestHead head;
        EXPECT_EQ(
            parse("GET / HTTP/" + version + "\r\nHost: a\r\nConnection: " + connection + "\r\n\r\n",
                  head)
                .status,
            0);
        return head.keep_alive;
    };
    EXPECT_TRUE(keeps_alive("1.1", ""));
    EXPECT_FALSE(keeps_alive("1.1", "close"));
    EXPECT_FALSE(keeps_alive("1.1", "Upgrade, CLOSE"));
    EXPECT_FALSE(keeps_alive("1.0", ""));
    EXPECT_TRUE(keeps_alive("1.0", "Keep-Alive"));
    EXPECT_FALSE(keeps_alive("1.0", "keep-alive, close"));
    EXPECT_TRUE(keeps_alive("1.9", ""));
}

TEST(RequestHead, knows_the_forms_of_a_target)
{
    RequestHead head;
    const std::string url = "GET http://real.example/v2/?x HTTP/1.1\r\nHost: other\r\n\r\n";
    ASSERT_EQ(parse(url, head).status, 0);
    EXPECT_EQ(head.path, "/v2/");
    EXPECT_EQ(head.query, "x");
    EXPECT_EQ(head.fields.front().value, "real.example");

    const std::string no_path = "GET HTTPS://real.example?x HTTP/1.1\r\nHost: other\r\n\r\n";
    ASSERT_EQ(parse(no_path, head).status, 0);
    EXPECT_EQ(head.path, "/");
    EXPECT_EQ(head.query, "x");

    ASSERT_EQ(parse("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", head).status, 0);
    EXPECT_TRUE(head.asterisk);
}

TEST(RequestHead, a_body_is_counted_or_chunked)
{
    RequestHead head;
    ASSERT_EQ(parse("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n", head).status,
              0);
    EXPECT_TRUE(head.chunked);
    EXPECT_EQ(head.content_length, std::nullopt);
    EXPECT_TRUE(head.has_body());

    ASSERT_EQ(parse("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n"
                    "Content-Length: 0\r\n\r\n",
                    head)
                  .status,
              0);
    EXPECT_FALSE(head.has_body());
    EXPECT_TRUE(head.expects_continue);
}

struct Bad {
    const char* why;
    std::string text;
    std::uint16_t status;
};
void PrintTo(const Bad& bad, std::ostream* out)
{
    *out << bad.why;
}

class BadRequest : public ::testing::TestWithParam<Bad> {};

TEST_P(BadRequest, is_refused)
{
    EXPECT_EQ(status_of(GetParam().text), GetParam().status);
}

const std::string kHost = " HTTP/1.1\r\nHost: a\r\n";

INSTANTIATE_TEST_SUITE_P(
    RequestHead, BadRequest,
    ::testing::Values(
        Bad{"two lengths", "PUT /" + kHost + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", 400},
        Bad{"equal lengths", "PUT /" + kHost + "Content-Length: 5\r\nContent-Length: 5\r\n\r\n",
            400},
        Bad{"a list of lengths", "PUT /" + kHost + "Content-Length: 5, 5\r\n\r\n", 400},
        Bad{"a signed length", "PUT /" + kHost + "Content-Length: +5\r\n\r\n", 400},
        Bad{"a negative length", "PUT /" + kHost + "Content-Length: -5\r\n\r\n", 400},
        Bad{"a hexadecimal length", "PUT /" + kHost + "Content-Length: 0x5\r\n\r\n", 400},
        Bad{"no length", "PUT /" + kHost + "Content-Length:\r\n\r\n", 400},
        Bad{"an endless length",
            "PUT /" + kHost + "Content-Length: 99999999999999999999999\r\n\r\n", 400},
        Bad{"a length beyond what offsets hold",
            "PUT /" + kHost + "Content-Length: 9223372036854775808\r\n\r\n", 400},
        Bad{"length and chunks",
            "PUT /" + kHost + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        Bad{"chunks and length",
            "PUT /" + kHost + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", 400},
        Bad{"chunked twice",
            "PUT /" + kHost + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
            400},
        Bad{"another coding", "PUT /" + kHost + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
        Bad{"a disguised coding",
            "PUT /" + kHost +
                "Transfer-Encoding: \x0b"
                "chunked\r\n\r\n",
            400},
        Bad{"xchunked", "PUT /" + kHost + "Transfer-Encoding: xchunked\r\n\r\n", 501},
        Bad{"chunks in 1.0", "PUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        Bad{"a folded field", "GET /" + kHost + "X: a\r\n b\r\n\r\n", 400},
        Bad{"a fold in front", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
        Bad{"a blank before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
        Bad{"a field without colon", "GET /" + kHost + "nothing\r\n\r\n", 400},
        Bad{"a field without name", "GET /" + kHost + ": x\r\n\r\n", 400},
        Bad{"a NUL in a value", "GET /" + kHost + std::string{"X: a\0b\r\n\r\n", 10}, 400},
        Bad{"a NUL in a name", "GET /" + kHost + std::string{"X\0Y: b\r\n\r\n", 10}, 400},
        Bad{"a carriage return in a value", "GET /" + kHost + "X: a\rb\r\n\r\n", 400},
        Bad{"bare line feeds", "GET / HTTP/1.1\nHost: a\n\n", 400},
        Bad{"one bare line feed", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400},
        Bad{"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
        Bad{"no Host, absolute", "GET http://a/ HTTP/1.1\r\n\r\n", 400},
        Bad{"two Hosts", "GET /" + kHost + "Host: a\r\n\r\n", 400},
        Bad{"a Host that is none", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
        Bad{"a Host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400},
        Bad{"a malformed Connection", "GET /" + kHost + "Connection: close x\r\n\r\n", 400},
        Bad{"a relative target", "GET v2/" + kHost + "\r\n", 400},
        Bad{"a fragment", "GET /a#b" + kHost + "\r\n", 400},
        Bad{"a blank in the target", "GET /a b" + kHost + "\r\n", 400},
        Bad{"a control character in the target", "GET /a\x01" + kHost + "\r\n", 400},
        Bad{"bytes above 127 in the target", "GET /\xc3\xa4" + kHost + "\r\n", 400},
        Bad{"another scheme", "GET ftp://a/" + kHost + "\r\n", 400},
        Bad{"a URL without host", "GET http:///x" + kHost + "\r\n", 400},
        Bad{"an asterisk for GET", "GET *" + kHost + "\r\n", 400},
        Bad{"CONNECT", "CONNECT a:443" + kHost + "\r\n", 405},
        Bad{"no version", "GET /\r\nHost: a\r\n\r\n", 400},
        Bad{"version 0.9", "GET / HTTP/0.9\r\n\r\n", 505},
        Bad{"version 2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        Bad{"a small version", "GET / http/1.1\r\nHost: a\r\n\r\n", 400},
        Bad{"a long version", "GET / HTTP/1.11\r\nHost: a\r\n\r\n", 400},
        Bad{"two blanks", "GET  /" + kHost + "\r\n", 400},
        Bad{"a method with a tab", "GE\tT /" + kHost + "\r\n", 400},
        Bad{"an endless method", std::string(33, 'A') + " /" + kHost + "\r\n", 400},
        Bad{"empty lines", "\r\n\r\nGET /" + kHost + "\r\n", 400},
        Bad{"TLS", "\x16\x03\x01\x02", 400}, Bad{"garbage", "\xff\xff\xff", 400},
        Bad{"another expectation", "PUT /" + kHost + "Expect: the-unexpected\r\n\r\n", 417}));

TEST(RequestHead, refuses_what_is_too_large)
{
    const HeadLimits limits{.bytes = 200, .fields = 5};
    RequestHead head;

    EXPECT_EQ(parse("GET /" + std::string(200, 'a'), head, limits).status, 414);
    EXPECT_EQ(parse("GET /" + kHost + "X: " + std::string(200, 'a'), head, limits).status, 431);
    EXPECT_EQ(
        parse("GET /" + kHost + "X: " + std::string(200, 'a') + "\r\n\r\n", head, limits).status,
        431);
    EXPECT_EQ(parse("GET /" + kHost + "a:\r\nb:\r\nc:\r\nd:\r\n\r\n", head, limits).status, 0);
    EXPECT_EQ(parse("GET /" + kHost + "a:\r\nb:\r\nc:\r\nd:\r\ne:\r\n", head, limits).status, 431);
}

TEST(RequestHead, keeps_nothing_of_the_request_before)
{
    RequestHead head;
    parse("PUT /a?b HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n", head);

    ASSERT_EQ(parse("GET / HTTP/1.1\r\nHost: a\r\n\r\n", head).status, 0);

    EXPECT_EQ(head.content_length, 0U);
    EXPECT_EQ(head.query, "");
    EXPECT_FALSE(head.expects_continue);
    EXPECT_FALSE(head.http_1_0);
    EXPECT_EQ(head.fields.size(), 1U);
}

} // namespace
} // namespace strata::http
