// SPDX-License-Identifier: Apache-2.0
//
// A server over real sockets, as well-behaved clients see it. server_hostile_test.cpp has the
// others.
#include "base/error.hpp"
#include "http/server.hpp"
#include "http/testing/test_server.hpp"
#include "sys/file.hpp"
#include "sys/poll.hpp"
#include "testing/errors.hpp"
#include "testing/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>

#include <latch>

namespace strata::http {
namespace {

using strata::testing::FailsWith;
using strata::testing::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::RawClient;
using testing::RawResponse;
using testing::TestHandler;
using testing::TestServer;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

Response text(std::string body)
{
    Response response;
    response.body = std::move(body);
    return response;
}

std::string put(std::size_t length)
{
    return "PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
}

/// Says what it was sent.
Response echo(const Request&, Body& body)
{
    return text(io::read_all(body, 16 << 20));
}

std::string pattern(std::size_t size)
{
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) {
        bytes[i] = static_cast<char>('a' + i * i % 23);
    }
    return bytes;
}

class TextSource final : public io::Source {
public:
    explicit TextSource(std::string text, std::size_t piece = 1 << 20)
        : text_{std::move(text)}, piece_{piece}
    {
    }
    std::size_t read(std::span<std::byte> into) override
    {
        return source_.read(into.first(std::min(into.size(), piece_)));
    }

private:
    std::string text_;
    std::size_t piece_;
    io::MemorySource source_{std::string_view{text_}};
};

class FailingSource final : public io::Source {
public:
    explicit FailingSource(std::size_t before, Errc how = Errc::corrupt) : left_{before}, how_{how}
    {
    }
    std::size_t read(std::span<std::byte> into) override
    {
        if (left_ == 0) {
            throw Error{how_, "the source is broken"};
        }
        const std::size_t count = std::min(left_, into.size());
        std::fill_n(into.begin(), count, std::byte{'x'});
        left_ -= count;
        return count;
    }

private:
    std::size_t left_;
    Errc how_;
};

TEST(Server, answers_at_once)
{
    TestHandler handler;
    handler.at_once = [](const Request& request) {
        return text(std::string{request.method_name()} + " " + std::string{request.path()} + " " +
                    request.peer().address);
    };
    const TestServer server{handler};

    const RawResponse response = server.ask("GET /a?b HTTP/1.1\r\nHost: a\r\n\r\n");

    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "GET /a 127.0.0.1");
    EXPECT_TRUE(response.field("Date").has_value());
    const Outcome outcome = handler.outcomes(1).front();
    EXPECT_EQ(outcome.status, 200);
    EXPECT_EQ(outcome.body_sent, 16U);
    EXPECT_TRUE(outcome.complete);
}

TEST(Server, hands_to_a_worker_what_is_not_answered_at_once)
{
    TestHandler handler;
    handler.work = [](const Request& request, Body&) { return text(std::string{request.query()}); };
    const TestServer server{handler};

    EXPECT_EQ(server.ask("GET /?why HTTP/1.1\r\nHost: a\r\n\r\n").body, "why");
}

TEST(Server, sends_every_kind_of_body)
{
    const TempDir folder;
    const std::string bytes = pattern(5 << 20); // more than a socket's buffers hold
    sys::write_all(sys::open_file(folder / "file", O_CREAT | O_WRONLY, 0600), bytes);
    const auto file = std::make_shared<const sys::Fd>(sys::open_file(folder / "file", O_RDONLY));
    const std::vector<std::function<Response()>> answers{
        [&] { return text(bytes); },
        [&] {
            Response response;
            response.body = std::make_shared<const std::string>(bytes);
            return response;
        },
        [&] {
            Response response;
            response.body = FileRange{file, 0, bytes.size()};
            return response;
        },
        [&] {
            Response response;
            response.body = Streamed{std::make_unique<TextSource>(bytes), bytes.size()};
            return response;
        },
        [&] {
            Response response;
            response.body = Streamed{std::make_unique<TextSource>(bytes, 99'999), std::nullopt};
            return response;
        }};
    TestHandler handler;
    std::size_t next = 0;
    bool by_worker = false;
    handler.at_once = [&](const Request&) {
        return by_worker ? std::nullopt : std::optional{answers[next]()};
    };
    handler.work = [&](const Request&, Body&) { return answers[next](); };
    const TestServer server{handler, {.loops = 1}};
    RawClient client = server.connect();

    for (next = 0; next < answers.size(); ++next) {
        for (by_worker = false;; by_worker = true) {
            const RawResponse response = client.ask(kGet);
            EXPECT_TRUE(response.complete) << next;
            EXPECT_TRUE(response.body == bytes) << next;
            if (by_worker) {
                break;
            }
        }
    }
}

TEST(Server, sends_a_range_of_a_file)
{
    const TempDir folder;
    sys::write_all(sys::open_file(folder / "file", O_CREAT | O_WRONLY, 0600), "0123456789");
    TestHandler handler;
    handler.at_once = [&](const Request&) {
        Response response;
        response.status = 206;
        response.body = FileRange{
            std::make_shared<const sys::Fd>(sys::open_file(folder / "file", O_RDONLY)), 3, 4};
        return response;
    };
    const TestServer server{handler};

    EXPECT_EQ(server.ask(kGet).body, "3456");
}

TEST(Server, a_file_that_became_shorter_breaks_the_connection)
{
    const TempDir folder;
    sys::write_all(sys::open_file(folder / "file", O_CREAT | O_WRONLY, 0600), "0123456789");
    TestHandler handler;
    handler.at_once = [&](const Request&) {
        Response response;
        response.body = FileRange{
            std::make_shared<const sys::Fd>(sys::open_file(folder / "file", O_RDONLY)), 0, 11};
        return response;
    };
    const TestServer server{handler};

    RawClient client = server.connect();
    const RawResponse response = client.ask(kGet);

    EXPECT_FALSE(response.complete);
    EXPECT_FALSE(handler.outcomes(1).front().complete);
}

TEST(Server, HEAD_has_the_header_of_GET_and_no_body)
{
    TestHandler handler;
    const std::string bytes = pattern(100);
    handler.at_once = [&](const Request& request) {
        Response response;
        if (request.path() == "/text") {
            response.body = bytes;
        } else if (request.path() == "/nothing") {
            response.length_of_nothing = 100;
        } else {
            response.body = Streamed{std::make_unique<FailingSource>(0), 100};
        }
        return response;
    };
    const TestServer server{handler};
    RawClient client = server.connect();

    for (const std::string path : {"/text", "/nothing", "/stream"}) {
        client.send("HEAD " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
        const RawResponse response = client.read_response(true);
        EXPECT_EQ(response.status, 200);
        EXPECT_EQ(response.field("Content-Length"), "100");
    }
    EXPECT_EQ(client.ask("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").status, 200); // nothing is left
}

TEST(Server, reads_a_body_however_it_arrives)
{
    TestHandler handler;
    handler.work = &echo;
    const TestServer server{handler};
    RawClient client = server.connect();
    const std::string counted = put(11) + "hello world";
    const std::string chunked = "PUT /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                                "5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nT: x\r\n\r\n";

    for (const std::string& request : {counted, chunked}) {
        for (std::size_t first = 1; first < request.size(); ++first) {
            client.send(request.substr(0, first));
            client.send(request.substr(first));
            ASSERT_EQ(client.read_response().body, "hello world") << first;
        }
    }
    EXPECT_EQ(handler.outcomes(1).front().body_taken, 11U);
}

TEST(Server, takes_large_bodies)
{
    TestHandler handler;
    handler.work = &echo;
    const TestServer server{handler};
    const std::string bytes = pattern(3 << 20);
    RawClient client = server.connect();

    client.send(put(bytes.size()) + bytes);
    EXPECT_TRUE(client.read_response().body == bytes);

    client.send("PUT /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (std::size_t at = 0; at < bytes.size(); at += 40'000) {
        const std::string piece = bytes.substr(at, 40'000);
        client.send(fmt::format("{:X}\r\n", piece.size()) + piece + "\r\n");
    }
    client.send("0\r\n\r\n");
    EXPECT_TRUE(client.read_response().body == bytes);
}

TEST(Server, answers_pipelined_requests_in_order)
{
    TestHandler handler;
    handler.at_once = [](const Request& request) -> std::optional<Response> {
        if (request.path() == "/slow") {
            return std::nullopt;
        }
        return text(std::string{request.path()});
    };
    handler.work = [](const Request& request, Body& body) {
        return text(std::string{request.path()} + io::read_all(body, 100));
    };
    const TestServer server{handler};
    RawClient client = server.connect();
    std::string requests;
    std::vector<std::string> expected;
    for (int i = 0; i < 100; ++i) {
        requests += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n";
        expected.push_back("/" + std::to_string(i));
        requests += "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n";
        expected.emplace_back("/slow");
        requests += put(3) + "abc";
        expected.emplace_back("/xabc");
        requests += "PUT /y HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "2\r\nde\r\n0\r\n\r\n";
        expected.emplace_back("/yde");
    }

    client.send(requests);

    for (const std::string& body : expected) {
        ASSERT_EQ(client.read_response().body, body);
    }
}

TEST(Server, answers_a_client_that_has_finished_sending)
{
    TestHandler handler;
    handler.work = &echo;
    const TestServer server{handler};
    RawClient client = server.connect();

    client.send(put(5) + "hello" + put(2) + "hi");
    client.finish_sending();

    EXPECT_EQ(client.read_response().body, "hello");
    EXPECT_EQ(client.read_response().body, "hi");
    EXPECT_TRUE(client.is_closed());
    EXPECT_FALSE(client.broken());
}

TEST(Server, speaks_HTTP_1_0)
{
    TestHandler handler;
    handler.work = [](const Request&, Body&) {
        Response response;
        response.body = Streamed{std::make_unique<TextSource>("made while sent"), std::nullopt};
        return response;
    };
    const TestServer server{handler};
    RawClient client = server.connect();

    const RawResponse response = client.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");

    EXPECT_EQ(response.field("Transfer-Encoding"), std::nullopt);
    EXPECT_EQ(response.field("Connection"), "close");
    EXPECT_EQ(response.body, "made while sent");

    handler.work = [](const Request&, Body&) { return text("counted"); };
    RawClient second = server.connect();
    EXPECT_EQ(second.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").body, "counted");
    EXPECT_EQ(second.ask("GET / HTTP/1.0\r\n\r\n").field("Connection"), "close");
    EXPECT_TRUE(second.is_closed());
}

TEST(Server, asks_for_a_body_when_it_is_read)
{
    TestHandler handler;
    handler.work = &echo;
    const TestServer server{handler};
    RawClient client = server.connect();
    const std::string head =
        "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";

    EXPECT_EQ(client.ask(head).status, 100);
    EXPECT_EQ(client.ask("hello").body, "hello");

    client.send(head + "world"); // does not wait
    RawResponse response = client.read_response();
    if (response.status == 100) { // only if the body came a packet later
        response = client.read_response();
    }
    EXPECT_EQ(response.body, "world");
}

TEST(Server, does_not_ask_for_a_body_that_nobody_wants)
{
    TestHandler handler;
    handler.work = [](const Request&, Body&) {
        Response response;
        response.status = 403;
        return response;
    };
    const TestServer server{handler};
    RawClient client = server.connect();

    const RawResponse response = client.ask(
        "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");

    EXPECT_EQ(response.status, 403);
    EXPECT_EQ(response.field("Connection"), "close");
    client.finish_sending();
    EXPECT_TRUE(client.is_closed());
}

TEST(Server, passes_over_a_small_body_that_nobody_read)
{
    TestHandler handler;
    handler.work = [](const Request&, Body&) { return text("done"); };
    const TestServer server{handler};
    RawClient client = server.connect();
    const std::string bytes = pattern(100'000);

    client.send(put(bytes.size()));
    EXPECT_EQ(client.read_response().body, "done"); // before a byte of it has come
    client.send(bytes);
    EXPECT_EQ(client.ask(kGet).body, "done");
    client.send("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                "2\r\nab\r\n0\r\n\r\n");
    EXPECT_EQ(client.read_response().body, "done");
    EXPECT_EQ(client.ask(kGet).body, "done");
}

TEST(Server, a_client_sees_the_answer_to_a_large_body_that_nobody_read)
{
    TestHandler handler;
    handler.work = [](const Request&, Body&) {
        Response response;
        response.status = 413;
        return response;
    };
    const TestServer server{handler};
    const std::string bytes = pattern(8 << 20);
    RawClient client = server.connect();

    client.send(put(bytes.size()) + bytes); // all of it, before it looks at the answer
    const RawResponse response = client.read_response();

    EXPECT_EQ(response.status, 413);
    EXPECT_EQ(response.field("Connection"), "close");
    client.finish_sending();
    EXPECT_TRUE(client.is_closed());
}

TEST(Server, a_handler_that_throws_is_a_500)
{
    TestHandler handler;
    handler.at_once = [](const Request& request) -> std::optional<Response> {
        if (request.path() == "/now") {
            throw Error{Errc::internal, "at once"};
        }
        return std::nullopt;
    };
    handler.work = [](const Request&, Body&) -> Response {
        throw Error{Errc::internal, "in the worker"};
    };
    const TestServer server{handler};
    RawClient client = server.connect();

    EXPECT_EQ(client.ask("GET /now HTTP/1.1\r\nHost: a\r\n\r\n").status, 500);
    EXPECT_EQ(client.ask(kGet).status, 500); // on the same connection

    EXPECT_THAT(handler.failures(), ElementsAre("at once", "in the worker"));
    EXPECT_EQ(handler.outcomes(2).back().status, 500);
}

TEST(Server, a_stream_that_fails_is_never_taken_for_the_whole)
{
    for (const auto& length :
         {std::optional<std::uint64_t>{}, std::optional<std::uint64_t>{1000}}) {
        for (const std::string version : {"1.0", "1.1"}) {
            TestHandler handler;
            handler.work = [&](const Request&, Body&) {
                Response response;
                response.body = Streamed{std::make_unique<FailingSource>(500), length};
                return response;
            };
            const TestServer server{handler};
            RawClient client = server.connect();

            const RawResponse response =
                client.ask("GET / HTTP/" + version + "\r\nHost: a\r\n\r\n");

            EXPECT_FALSE(response.complete);
            EXPECT_FALSE(handler.outcomes(1).front().complete);
            EXPECT_THAT(handler.failures(), ElementsAre("the source is broken"));
        }
    }
}

TEST(Server, a_stream_that_fails_at_once_is_a_500)
{
    TestHandler handler;
    handler.work = [](const Request&, Body&) {
        Response response;
        response.body = Streamed{std::make_unique<FailingSource>(0), 10};
        return response;
    };
    const TestServer server{handler};

    EXPECT_EQ(server.ask(kGet).status, 500);
}

TEST(Server, a_stream_whose_origin_is_not_available_is_a_503)
{
    TestHandler handler;
    handler.work = [](const Request&, Body&) {
        Response response;
        response.body = Streamed{std::make_unique<FailingSource>(0, Errc::unavailable), 10};
        return response;
    };
    const TestServer server{handler};

    EXPECT_EQ(server.ask(kGet).status, 503);
}

TEST(Server, a_stream_of_another_length_than_announced_is_broken_off)
{
    TestHandler handler;
    handler.work = [](const Request& request, Body&) {
        Response response;
        response.body = Streamed{std::make_unique<TextSource>("0123456789", 5),
                                 request.path() == "/short" ? 11U : 9U};
        return response;
    };
    const TestServer server{handler};

    EXPECT_FALSE(server.ask("GET /short HTTP/1.1\r\nHost: a\r\n\r\n").complete);
    EXPECT_FALSE(server.ask("GET /long HTTP/1.1\r\nHost: a\r\n\r\n").complete);
    EXPECT_EQ(handler.outcomes(2).size(), 2U);
}

TEST(Server, listens_on_a_unix_socket)
{
    const TempDir folder;
    TestHandler handler;
    handler.at_once = [](const Request& request) {
        return text("from '" + request.peer().address + "'");
    };
    ServerOptions options;
    options.address = (folder / "socket").string();
    options.unix_socket = true;
    Server server{options, handler};
    std::thread thread{[&] { server.run(); }};

    RawClient client{sys::connect_unix(folder / "socket", sys::SocketType::stream)};
    const RawResponse response = client.ask(kGet);
    server.drain(std::chrono::milliseconds{0});
    thread.join();

    EXPECT_EQ(response.body, "from ''");
    EXPECT_EQ(server.address(), options.address);
}

TEST(Server, says_what_is_wrong_with_an_address)
{
    TestHandler handler;
    const TestServer server{handler};
    const auto listen = [&](const std::string& address) {
        ServerOptions options;
        options.address = address;
        const Server other{options, handler};
    };

    EXPECT_THAT([&] { listen(server.server.address()); },
                FailsWith(Errc::unavailable, HasSubstr(server.server.address())));
    for (const std::string bad :
         {"", "5000", "localhost", "localhost:", "a:b", ":99999", "::1:80"}) {
        EXPECT_THAT([&] { listen(bad); }, FailsWith(Errc::invalid_argument)) << bad;
    }
}

TEST(Server, listens_everywhere_without_a_host)
{
    TestHandler handler;
    handler.at_once = [](const Request& request) { return text(request.peer().address); };
    ServerOptions options;
    options.address = ":0";
    Server server{options, handler};
    std::thread thread{[&] { server.run(); }};

    RawClient client{server.address()};
    EXPECT_EQ(client.ask(kGet).body, "127.0.0.1"); // not ::ffff:127.0.0.1

    server.drain(std::chrono::milliseconds{0});
    thread.join();
}

TEST(Server, counts_its_load)
{
    TestHandler handler;
    std::latch asked{1};
    std::latch answer{1};
    handler.work = [&](const Request&, Body&) {
        asked.count_down();
        answer.wait();
        return text("done");
    };
    const TestServer server{handler};
    RawClient idle = server.connect();
    idle.ask("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
    RawClient busy = server.connect();
    busy.send(kGet);
    asked.wait();

    const Server::Load load = server.server.load();

    EXPECT_EQ(load.connections, 2U);
    EXPECT_EQ(load.requests, 1U);
    EXPECT_EQ(load.queued, 0U);
    answer.count_down();
    EXPECT_EQ(busy.read_response().body, "done");
}

} // namespace
} // namespace strata::http
