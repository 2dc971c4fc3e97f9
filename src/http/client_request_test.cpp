// SPDX-License-Identifier: Apache-2.0
//
// The client against our own server. client_test.cpp has servers that misbehave.
#include "base/error.hpp"
#include "http/client.hpp"
#include "http/testing/certificates.hpp"
#include "http/testing/test_server.hpp"
#include "testing/errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

namespace strata::http {
namespace {

using std::chrono::milliseconds;
using strata::testing::FailsWith;
using testing::Certificates;
using ::testing::HasSubstr;
using testing::TestHandler;
using testing::TestServer;

std::string body_of(ClientResponse response)
{
    return io::read_all(*response.body, 64 << 20);
}

std::string value_of(const Request& request, std::string_view name)
{
    return std::string{request.field(name).value_or("none")};
}

/// What the server saw of a request.
Response describe(const Request& request, Body& body)
{
    Response response;
    response.field("X-Method", std::string{request.method_name()});
    response.field("X-Port", std::to_string(request.peer().port));
    response.field("X-Authorization", value_of(request, "Authorization"));
    response.field("X-Type", value_of(request, "Content-Type"));
    response.field("X-Encoding", value_of(request, "Transfer-Encoding"));
    response.field("X-Custom", value_of(request, "Custom"));
    response.body = io::read_all(body, 16 << 20);
    return response;
}

class ClientTest : public ::testing::Test {
protected:
    ClientTest() { handler.work = &describe; }

    ClientRequest to(const std::string& path, const std::string& method = "GET")
    {
        ClientRequest request;
        request.method = method;
        request.url = server.url(path);
        return request;
    }

    TestHandler handler;
    TestServer server{handler};
    Client client;
};

class TextSource final : public io::Source {
public:
    explicit TextSource(std::string text) : text_{std::move(text)} {}
    std::size_t read(std::span<std::byte> into) override { return source_.read(into); }

private:
    std::string text_;
    io::MemorySource source_{std::string_view{text_}};
};

class FailingSource final : public io::Source {
public:
    std::size_t read(std::span<std::byte>) override
    {
        throw Error{Errc::corrupt, "the source is broken"};
    }
};

TEST_F(ClientTest, sends_methods_fields_and_texts)
{
    for (const std::string method : {"GET", "PUT", "POST", "PATCH", "DELETE"}) {
        ClientRequest request = to("/", method);
        request.fields = {{"Custom", "value"}, {"Authorization", "Bearer x"}};
        request.text = method == "GET" || method == "DELETE" ? "" : "some text";
        const std::string text = request.text;

        ClientResponse response = client.send(std::move(request));

        EXPECT_EQ(response.status, 200) << method;
        EXPECT_EQ(response.field("x-method"), method);
        EXPECT_EQ(response.field("X-Custom"), "value");
        EXPECT_EQ(response.field("X-Authorization"), "Bearer x");
        EXPECT_EQ(response.field("X-Type"), "none"); // it is no form
        EXPECT_EQ(response.length, text.size());
        EXPECT_EQ(body_of(std::move(response)), text);
    }
}

TEST_F(ClientTest, HEAD_has_a_length_and_no_body)
{
    handler.at_once = [](const Request&) {
        Response response;
        response.length_of_nothing = 1234;
        return response;
    };

    ClientResponse response = client.send(to("/", "HEAD"));

    EXPECT_EQ(response.length, 1234U);
    EXPECT_EQ(body_of(std::move(response)), "");
}

TEST_F(ClientTest, an_answer_without_success_is_an_answer)
{
    handler.at_once = [](const Request& request) {
        Response response;
        response.status = request.path() == "/304" ? 304 : 404;
        response.field("ETag", "\"x\"");
        if (response.status == 404) {
            response.body = "gone";
        }
        return response;
    };

    EXPECT_EQ(client.send(to("/304")).status, 304);
    ClientResponse response = client.send(to("/"));
    EXPECT_EQ(response.status, 404);
    EXPECT_EQ(response.field("etag"), "\"x\"");
    EXPECT_EQ(body_of(std::move(response)), "gone");
}

TEST_F(ClientTest, streams_bodies_both_ways)
{
    std::string bytes(3 << 20, '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<char>('a' + i * i % 23);
    }
    for (const auto& length :
         {std::optional<std::uint64_t>{}, std::optional<std::uint64_t>{bytes.size()}}) {
        ClientRequest request = to("/", "PUT");
        request.stream = std::make_unique<TextSource>(bytes);
        request.stream_length = length;

        ClientResponse response = client.send(std::move(request));

        EXPECT_EQ(response.field("X-Encoding"), length ? "none" : "chunked");
        EXPECT_TRUE(body_of(std::move(response)) == bytes);
    }
}

TEST_F(ClientTest, what_a_source_throws_comes_out)
{
    ClientRequest request = to("/", "PUT");
    request.stream = std::make_unique<FailingSource>();

    EXPECT_THAT([&] { client.send(std::move(request)); },
                FailsWith(Errc::corrupt, HasSubstr("the source is broken")));
}

TEST_F(ClientTest, uses_a_connection_again)
{
    ClientResponse first = client.send(to("/"));
    const std::string port{first.field("X-Port").value()};
    body_of(std::move(first));

    EXPECT_EQ(client.send(to("/")).field("X-Port"), port);
    EXPECT_NE(Client{}.send(to("/")).field("X-Port"), port);
}

TEST_F(ClientTest, a_body_that_is_dropped_ends_its_connection_only)
{
    handler.work = [](const Request&, Body&) {
        Response response;
        response.body = std::string(16 << 20, 'x');
        return response;
    };
    {
        ClientResponse dropped = client.send(to("/"));
        std::array<std::byte, 100> some{};
        dropped.body->read(some);
    }

    EXPECT_EQ(body_of(client.send(to("/"))).size(), std::size_t{16} << 20);
}

TEST_F(ClientTest, an_answer_may_outlive_the_client)
{
    auto mortal = std::make_unique<Client>();
    ClientRequest request = to("/", "PUT");
    request.text = "text";
    ClientResponse response = mortal->send(std::move(request));

    mortal.reset();

    EXPECT_EQ(body_of(std::move(response)), "text");
}

TEST_F(ClientTest, serves_many_threads)
{
    std::atomic<int> right = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&, i] {
            for (int j = 0; j < 20; ++j) {
                const std::string text(static_cast<std::size_t>(i * 1000 + j), 'x');
                ClientRequest request = to("/", "POST");
                request.text = text;
                right += body_of(client.send(std::move(request))) == text ? 1 : 0;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(right, 160);
}

TEST_F(ClientTest, a_redirect_takes_no_authorization_to_another_server)
{
    TestHandler elsewhere_handler;
    elsewhere_handler.work = &describe;
    const TestServer elsewhere{elsewhere_handler};
    handler.at_once = [&](const Request& request) -> std::optional<Response> {
        if (request.path() == "/end") {
            return std::nullopt;
        }
        Response response;
        response.status = 307;
        response.field("Location", request.path() == "/here" ? "/end" : elsewhere.url("/end"));
        return response;
    };
    ClientRequest request = to("/here");
    request.fields = {{"Authorization", "Basic secret"}};
    ClientResponse here = client.send(std::move(request));
    EXPECT_EQ(here.field("X-Authorization"), "Basic secret");
    EXPECT_EQ(here.url, server.url("/end"));

    request = to("/there");
    request.fields = {{"Authorization", "Basic secret"}};
    ClientResponse there = client.send(std::move(request));
    EXPECT_EQ(there.field("X-Authorization"), "none");
    EXPECT_EQ(there.url, elsewhere.url("/end"));
}

TEST_F(ClientTest, a_redirect_may_be_wanted_itself)
{
    handler.at_once = [](const Request&) {
        Response response;
        response.status = 307;
        response.field("Location", "/there");
        return response;
    };
    ClientRequest request = to("/");
    request.max_redirects = 0;

    EXPECT_EQ(client.send(std::move(request)).field("Location"), "/there");
    EXPECT_EQ(client.send(to("/", "POST")).status, 307);
}

TEST_F(ClientTest, refuses_malformed_requests)
{
    const auto with_field = [&](std::string name, std::string value) {
        ClientRequest request = to("/");
        request.fields = {{std::move(name), std::move(value)}};
        client.send(std::move(request));
    };
    EXPECT_THAT([&] { with_field("X", "a\r\nEvil: b"); }, FailsWith(Errc::invalid_argument));
    EXPECT_THAT([&] { with_field("X: y\r\nEvil", "b"); }, FailsWith(Errc::invalid_argument));
    EXPECT_THAT([&] { with_field("", "b"); }, FailsWith(Errc::invalid_argument));
    EXPECT_THAT([&] { client.send(to("/", "GET / HTTP/1.1\r\n")); },
                FailsWith(Errc::invalid_argument));
    ClientRequest request;
    request.url = "file:///etc/passwd";
    EXPECT_THAT([&] { client.send(std::move(request)); }, FailsWith(Errc::invalid_argument));
}

TEST_F(ClientTest, gives_up_when_its_time_is_over)
{
    handler.work = [](const Request&, Body&) {
        Response response;
        response.body = std::string(64 << 20, 'x');
        return response;
    };
    ClientRequest request = to("/");
    request.total_timeout = milliseconds{1}; // of 64 MiB
    const auto fetch = [&] { body_of(client.send(std::move(request))); };

    EXPECT_THAT(fetch, FailsWith(Errc::unavailable));
}

TEST(ClientTls, trusts_whom_it_is_told_to)
{
    const Certificates certificates;
    const auto files = certificates.create("server");
    const auto client_files = certificates.create("client");
    TestHandler handler;
    handler.at_once = [](const Request& request) {
        Response response;
        response.body = request.peer().certificate;
        return response;
    };
    ServerOptions options;
    options.tls = TlsOptions{.certificate = files.certificate,
                             .key = files.key,
                             .client_cas = {client_files.certificate},
                             .client_auth = TlsOptions::ClientAuth::verify_if_given};
    const TestServer server{handler, options};
    const auto ask = [&](ClientOptions how) {
        ClientRequest request;
        request.url = "https://" + server.server.address() + "/";
        return body_of(Client{std::move(how)}.send(std::move(request)));
    };

    EXPECT_THAT([&] { ask({}); }, FailsWith(Errc::denied));
    EXPECT_EQ(ask({.ca_file = files.certificate}), "");
    EXPECT_EQ(ask({.verify = ClientOptions::Verify::no}), "");
    EXPECT_EQ(ask({.ca_file = files.certificate,
                   .certificate = client_files.certificate,
                   .key = client_files.key}),
              "CN=client,O=Strata");
}

} // namespace
} // namespace strata::http
