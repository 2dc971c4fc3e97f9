// SPDX-License-Identifier: Apache-2.0
//
// A server and clients that are malicious, broken, slow, or too many.
#include "base/error.hpp"
#include "http/server.hpp"
#include "http/testing/test_server.hpp"
#include "sys/file.hpp"
#include "testing/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>

#include <latch>
#include <semaphore>

namespace strata::http {
namespace {

using std::chrono::milliseconds;
using strata::testing::TempDir;
using ::testing::IsEmpty;
using testing::RawClient;
using testing::RawResponse;
using testing::TestHandler;
using testing::TestServer;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view kChunked =
    "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

Response text(std::string body)
{
    Response response;
    response.body = std::move(body);
    return response;
}

Response echo(const Request&, Body& body)
{
    return text(io::read_all(body, 16 << 20));
}

std::string put(std::size_t length)
{
    return "PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
}

/// A handler that must never be asked.
class NoHandler final : public Handler {
public:
    std::optional<Response> answer_at_once(const Request& request) override
    {
        ADD_FAILURE() << "a request reached the handler: " << request.path();
        return text("");
    }
    Response handle(const Request& request, Body&) override { return *answer_at_once(request); }
};

/// Lets requests begin, and end, when a test wants it.
struct Gate {
    std::counting_semaphore<> entered{0};
    std::counting_semaphore<> leave{0};

    Response pass(const Request&, Body&)
    {
        entered.release();
        leave.acquire();
        return text("passed");
    }
};

TEST(HostileClient, is_told_what_is_wrong_and_heard_no_more)
{
    NoHandler handler;
    const TestServer server{handler};
    const std::vector<std::pair<std::string, int>> cases{
        {"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
         "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
         400},
        {"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 40\r\n\r\n"
         "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
         400},
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\nHost: a\n\n", 400},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {"\x16\x03\x01\x02\x05\x01\x00\xfc", 400},
        {"GET /" + std::string(70'000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(70'000, 'a') + "\r\n\r\n", 431},
        {"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 405},
        {"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
    };

    for (const auto& [request, status] : cases) {
        RawClient client = server.connect();
        const RawResponse response = client.ask(request);
        EXPECT_EQ(response.status, status) << request.substr(0, 80);
        EXPECT_TRUE(response.complete);
        EXPECT_EQ(response.field("Connection"), "close");
        client.finish_sending();
        EXPECT_EQ(client.read_to_end(), "") << request.substr(0, 80);
    }
}

TEST(HostileClient, with_ten_thousand_fields_is_refused)
{
    NoHandler handler;
    const TestServer server{handler};
    std::string request = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (int i = 0; i < 10'000; ++i) {
        request += "a:\r\n";
    }

    EXPECT_EQ(server.ask(request + "\r\n").status, 431);
}

TEST(HostileClient, that_never_ends_its_header_is_refused_at_the_limit)
{
    NoHandler handler;
    const TestServer server{handler, {.header_bytes = 1000}};
    RawClient client = server.connect();

    client.send("GET / HTTP/1.1\r\nHost: a\r\n");
    for (int i = 0; i < 200; ++i) {
        client.send("X: 1\r\n");
    }

    EXPECT_EQ(client.read_response().status, 431);
}

TEST(HostileClient, whose_header_is_slow_is_refused)
{
    NoHandler handler;
    const TestServer server{handler, {.header_timeout = milliseconds{50}}};
    RawClient client = server.connect();

    const RawResponse response = client.ask("GET / HTTP/1.1\r\nHost: a\r\nX");

    EXPECT_EQ(response.status, 408);
    EXPECT_EQ(response.field("Connection"), "close");
}

TEST(HostileClient, that_says_nothing_is_left)
{
    NoHandler handler;
    const TestServer server{handler, {.idle_timeout = milliseconds{50}}};
    RawClient client = server.connect();

    EXPECT_TRUE(client.is_closed());
    EXPECT_FALSE(client.broken());
}

TEST(HostileClient, that_cuts_its_header_short_is_told)
{
    NoHandler handler;
    const TestServer server{handler};
    RawClient client = server.connect();

    client.send("GET / HTTP/1.1\r\nHost");
    client.finish_sending();

    EXPECT_EQ(client.read_response().status, 400);
    EXPECT_TRUE(client.is_closed());
}

TEST(HostileClient, that_sends_more_than_it_announced_still_sees_the_answer)
{
    TestHandler handler;
    handler.at_once = [](const Request&) { return text(std::string(4 << 20, 'x')); };
    const TestServer server{handler};
    RawClient client = server.connect();

    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    client.send(std::string(100'000, '?'));

    EXPECT_TRUE(client.read_response().complete);
}

TEST(HostileClient, whose_body_stops_is_refused)
{
    TestHandler handler;
    handler.work = &echo;
    const TestServer server{handler, {.stall_timeout = milliseconds{50}}};

    EXPECT_EQ(server.ask(put(10) + "hello").status, 408);
    EXPECT_EQ(server.ask(std::string{kChunked} + "5\r\nhel").status, 408);
    EXPECT_THAT(handler.failures(), IsEmpty()); // it is not the handler that failed
}

TEST(HostileClient, whose_body_is_cut_short_is_told_so)
{
    TestHandler handler;
    handler.work = &echo;
    const TestServer server{handler};
    RawClient client = server.connect();

    client.send(put(10) + "hello");
    client.finish_sending();

    EXPECT_EQ(client.read_response().status, 400);
    EXPECT_TRUE(client.is_closed());
    const Outcome outcome = handler.outcomes(1).front();
    EXPECT_EQ(outcome.status, 400);
    EXPECT_EQ(outcome.body_taken, 5U);
}

TEST(HostileClient, who_goes_away_amid_a_body_is_nobody)
{
    TestHandler handler;
    Errc code{};
    std::latch begun{1};
    handler.work = [&](const Request&, Body& body) {
        std::array<std::byte, 5> first{};
        body.read(first);
        begun.count_down();
        try {
            return text(io::read_all(body, 100));
        } catch (const Error& error) {
            code = error.code();
            throw;
        }
    };
    const TestServer server{handler};
    {
        RawClient client = server.connect();
        client.send(put(10) + "hello");
        begun.wait();
        client.reset();
    }

    const Outcome outcome = handler.outcomes(1).front();
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.body_taken, 5U);
    EXPECT_EQ(code, Errc::unavailable);
}

TEST(HostileClient, a_crowd_of_stalled_uploads_holds_nobody_up)
{
    TestHandler handler;
    std::counting_semaphore<> begun{0};
    handler.work = [&](const Request& request, Body& body) {
        if (request.path() == "/stalls") {
            begun.release();
        }
        return echo(request, body);
    };
    const TestServer server{handler, {.workers = 2}};
    std::vector<RawClient> crowd;
    for (int i = 0; i < 100; ++i) {
        crowd.push_back(server.connect());
        crowd.back().send("PUT /stalls HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
    }
    for (int i = 0; i < 100; ++i) {
        begun.acquire();
    }

    EXPECT_EQ(server.ask(put(5) + "hello").body, "hello");

    for (RawClient& client : crowd) {
        client.send("there");
        EXPECT_EQ(client.read_response().body, "hellothere");
    }
}

TEST(HostileClient, whose_chunks_are_malformed_is_refused)
{
    TestHandler handler;
    handler.work = &echo;
    const TestServer server{handler};

    for (const std::string body : {"x\r\n", "2\nab\r\n0\r\n\r\n", "2\r\nabc\r\n", "-1\r\n",
                                   "ffffffffffffffffff\r\n", "2\r\nab\r\n0\r\n\n"}) {
        RawClient client = server.connect();
        const RawResponse response = client.ask(std::string{kChunked} + body);
        EXPECT_EQ(response.status, 400) << body;
        EXPECT_EQ(response.field("Connection"), "close");
    }
}

TEST(HostileClient, whose_body_is_too_large_is_refused)
{
    TestHandler handler;
    handler.work = &echo;
    const TestServer server{handler, {.body_bytes = 10}};

    EXPECT_EQ(server.ask(put(11)).status, 413); // before any of it is sent
    EXPECT_EQ(server.ask(std::string{kChunked} + "6\r\nabcdef\r\n6\r\nabcdef\r\n0\r\n\r\n").status,
              413);
    EXPECT_EQ(server.ask(put(10) + "0123456789").body, "0123456789");
}

TEST(HostileClient, that_takes_nothing_is_left)
{
    const TempDir folder;
    const auto file =
        std::make_shared<const sys::Fd>(sys::open_file(folder / "file", O_CREAT | O_RDWR, 0600));
    for (int i = 0; i < 64; ++i) {
        sys::write_all(*file, std::string(1 << 20, 'x'));
    }
    TestHandler handler;
    handler.at_once = [&](const Request&) {
        Response response;
        response.body = FileRange{file, 0, 64 << 20};
        return response;
    };
    const TestServer server{handler, {.stall_timeout = milliseconds{100}}};
    RawClient client = server.connect();

    client.send(kGet);

    const Outcome outcome = handler.outcomes(1).front();
    EXPECT_FALSE(outcome.complete);
    EXPECT_EQ(outcome.status, 200);
    EXPECT_LT(outcome.body_sent, std::uint64_t{64} << 20);
    EXPECT_FALSE(client.read_response().complete);
}

TEST(HostileClient, that_goes_away_in_the_middle_of_an_answer_is_noticed)
{
    TestHandler handler;
    Gate gate;
    handler.work = [&](const Request& request, Body& body) {
        gate.pass(request, body);
        return text(std::string(8 << 20, 'x'));
    };
    const TestServer server{handler};
    RawClient client = server.connect();
    client.send(kGet);
    gate.entered.acquire();

    client.reset();
    gate.leave.release();

    EXPECT_FALSE(handler.outcomes(1).front().complete);
}

TEST(HostileClient, may_go_away_at_any_byte)
{
    TestHandler handler;
    handler.work = &echo;
    TestServer server{handler};
    const std::string counted = put(5) + "hello";
    const std::string chunked = std::string{kChunked} + "2;x\r\nhi\r\n0\r\nT: x\r\n\r\n";

    for (const std::string& request : {counted, chunked}) {
        for (std::size_t size = 0; size <= request.size(); ++size) {
            RawClient resets = server.connect();
            RawClient ends = server.connect();
            resets.send(request.substr(0, size));
            ends.send(request.substr(0, size));
            resets.reset();
            ends.finish_sending();
            const RawResponse response = ends.read_response();
            EXPECT_EQ(response.status == 200, size == request.size()) << size;
            EXPECT_TRUE(ends.is_closed());
        }
    }

    EXPECT_EQ(server.ask(counted).body, "hello");
    server.server.drain(std::chrono::hours{1});
    server.wait_for_end(); // no connection is left that nobody knows of
}

TEST(HostileClient, a_body_that_nobody_reads_is_not_taken_for_ever)
{
    TestHandler handler;
    handler.work = [](const Request&, Body&) { return text("done"); };
    const TestServer server{handler, {.stall_timeout = milliseconds{50}}};
    RawClient client = server.connect();

    EXPECT_EQ(client.ask(put(1000) + "the rest never comes").body, "done");

    EXPECT_TRUE(client.is_closed());
}

TEST(HostileClient, endless_chunks_that_nobody_reads_end_the_connection)
{
    TestHandler handler;
    handler.work = [](const Request&, Body&) { return text("done"); };
    const TestServer server{handler, {.stall_timeout = milliseconds{100}}};
    RawClient client = server.connect();

    EXPECT_EQ(client.ask(kChunked).body, "done");
    const std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
    for (int i = 0; i < 8; ++i) {
        client.send(chunk);
    }

    EXPECT_TRUE(client.is_closed());
}

TEST(Overload, requests_beyond_the_queue_are_refused)
{
    TestHandler handler;
    Gate gate;
    handler.work = [&](const Request& request, Body& body) { return gate.pass(request, body); };
    const TestServer server{handler, {.loops = 1, .workers = 1, .queue = 1}};
    RawClient first = server.connect();
    RawClient second = server.connect();
    first.send(kGet);
    gate.entered.acquire();
    second.send(kGet);
    RawClient third = server.connect();

    const RawResponse response = third.ask(kGet);

    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(response.field("Retry-After"), "1");
    gate.leave.release(2);
    EXPECT_EQ(first.read_response().body, "passed");
    EXPECT_EQ(second.read_response().body, "passed");
    gate.leave.release();
    EXPECT_EQ(third.ask(kGet).body, "passed"); // its connection lives on
}

TEST(Overload, a_client_that_asks_too_often_is_told_to_wait)
{
    TestHandler handler;
    handler.at_once = [](const Request&) { return text("yes"); };
    const TestServer server{handler, {.requests_per_second = 0.001, .burst = 2}};
    RawClient client = server.connect();

    EXPECT_EQ(client.ask(kGet).status, 200);
    EXPECT_EQ(server.ask(kGet).status, 200); // another connection of the same client
    const RawResponse response = client.ask(kGet);

    EXPECT_EQ(response.status, 429);
    EXPECT_EQ(response.field("Retry-After"), "1000");
}

TEST(Overload, idle_connections_make_room_for_new_ones)
{
    TestHandler handler;
    handler.at_once = [](const Request&) { return text("yes"); };
    const TestServer server{handler, {.loops = 1, .connections = 2}};
    RawClient oldest = server.connect();
    EXPECT_EQ(oldest.ask(kGet).body, "yes");
    RawClient younger = server.connect();
    EXPECT_EQ(younger.ask(kGet).body, "yes");

    EXPECT_EQ(server.ask(kGet).body, "yes");

    EXPECT_TRUE(oldest.is_closed());
}

TEST(Overload, busy_connections_do_not_make_room)
{
    TestHandler handler;
    Gate gate;
    handler.work = [&](const Request& request, Body& body) { return gate.pass(request, body); };
    const TestServer server{handler, {.loops = 1, .connections = 2}};
    RawClient one = server.connect();
    RawClient two = server.connect();
    one.send(kGet);
    two.send(kGet);
    gate.entered.acquire();
    gate.entered.acquire();

    RawClient third = server.connect();

    EXPECT_TRUE(third.is_closed());
    gate.leave.release(2);
    EXPECT_EQ(one.read_response().body, "passed");
    EXPECT_EQ(two.read_response().body, "passed");
}

TEST(Drain, lets_requests_end_and_takes_no_more)
{
    TestHandler handler;
    Gate gate;
    handler.work = [&](const Request& request, Body& body) { return gate.pass(request, body); };
    TestServer server{handler};
    RawClient idle = server.connect();
    idle.ask("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
    RawClient busy = server.connect();
    busy.send(kGet);
    gate.entered.acquire();

    server.server.drain(std::chrono::minutes{1});
    EXPECT_TRUE(idle.is_closed());
    gate.leave.release();
    const RawResponse response = busy.read_response();

    EXPECT_EQ(response.body, "passed");
    EXPECT_EQ(response.field("Connection"), "close");
    EXPECT_TRUE(busy.is_closed());
    server.wait_for_end();
    EXPECT_THROW(server.connect(), Error);
}

TEST(Drain, breaks_off_what_does_not_end_in_time)
{
    TestHandler handler;
    handler.work = &echo;
    TestServer server{handler};
    RawClient client = server.connect();
    client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.read_response().status, 100); // a worker waits for the body

    server.server.drain(milliseconds{30});

    EXPECT_TRUE(client.is_closed());
    server.wait_for_end();
}

TEST(Drain, breaks_off_at_once_the_second_time)
{
    TestHandler handler;
    handler.work = &echo;
    TestServer server{handler};
    RawClient client = server.connect();
    client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.read_response().status, 100);

    server.server.drain(std::chrono::hours{1});
    server.server.drain(std::chrono::hours{1});

    EXPECT_TRUE(client.is_closed());
    server.wait_for_end();
}

TEST(Drain, may_come_before_the_server_runs)
{
    NoHandler handler;
    Server server{testing::on_loopback(), handler};

    server.drain(std::chrono::hours{1});

    server.run();
}

} // namespace
} // namespace strata::http
