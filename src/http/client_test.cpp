// SPDX-License-Identifier: Apache-2.0
#include "http/client.hpp"
#include "testing/errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <cstdlib>
#include <functional>
#include <netinet/in.h>
#include <string>
#include <thread>
#include <vector>

namespace strata::http {
namespace {

using strata::testing::FailsWith;
using ::testing::HasSubstr;

/// Answers each connection in turn with what it was given, whatever is asked, then stops.
class Server {
public:
    explicit Server(std::vector<std::function<std::string(int port)>> answers)
    {
        socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const plain = reinterpret_cast<sockaddr*>(&address);
        if (::bind(socket_, plain, size) != 0 || ::listen(socket_, 8) != 0 ||
            ::getsockname(socket_, plain, &size) != 0) {
            std::abort();
        }
        port_ = ntohs(address.sin_port);
        thread_ = std::thread{[this, answers = std::move(answers)] {
            for (const auto& answer : answers) {
                const int connection = ::accept(socket_, nullptr, nullptr);
                requests += read_request(connection);
                const std::string text = answer(port_);
                for (std::size_t sent = 0; sent < text.size();) {
                    const ssize_t n =
                        ::send(connection, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
                    if (n <= 0) {
                        break; // the client has gone, as some tests want
                    }
                    sent += static_cast<std::size_t>(n);
                }
                ::shutdown(connection, SHUT_WR);
                std::string rest(1024, '\0');
                while (::recv(connection, rest.data(), rest.size(), 0) > 0) {
                }
                ::close(connection);
            }
        }};
    }
    ~Server()
    {
        ::shutdown(socket_, SHUT_RDWR); // an accept that nobody will answer returns
        thread_.join();
        ::close(socket_);
    }
    std::string url(const std::string& path = "/") const
    {
        return "http://127.0.0.1:" + std::to_string(port_) + path;
    }

    std::string requests; // read it when the server has answered

private:
    static std::string read_request(int connection)
    {
        std::string request;
        char c = 0;
        while (!request.ends_with("\r\n\r\n") && ::recv(connection, &c, 1, 0) == 1) {
            request += c;
        }
        return request;
    }

    int socket_ = -1;
    int port_ = 0;
    std::thread thread_;
};

auto text(std::string answer)
{
    return [answer = std::move(answer)](int) { return answer; };
}
std::string ok(const std::string& body)
{
    return "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

TEST(HttpGet, gives_the_body_and_its_length)
{
    const std::string body(3 << 20, 'x'); // more than what may wait in memory
    const Server server{{text(ok(body))}};

    Download download = get(server.url());

    EXPECT_EQ(download.length, body.size());
    EXPECT_EQ(io::read_all(*download.body, 4 << 20), body);
}

TEST(HttpGet, follows_redirects)
{
    const Server server{{[](int port) {
                             return "HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: "
                                    "4\r\nLocation: http://127.0.0.1:" +
                                    std::to_string(port) + "/there\r\n\r\nbody";
                         },
                         text(ok("arrived"))}};

    EXPECT_EQ(io::read_all(*get(server.url()).body, 100), "arrived");
}

TEST(HttpGet, stops_following_redirects_at_the_limit)
{
    const auto again = [](int port) {
        return "HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\nLocation: "
               "http://127.0.0.1:" +
               std::to_string(port) + "/\r\n\r\n";
    };
    const Server server{{again, again, again}};

    EXPECT_THAT([&] { get(server.url(), {.max_redirects = 2}); }, FailsWith(Errc::unavailable));
}

TEST(HttpGet, does_not_follow_a_redirect_to_another_protocol)
{
    const Server server{
        {text("HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: file:///etc/passwd\r\n\r\n")}};

    EXPECT_THAT([&] { get(server.url()); }, FailsWith(Errc::invalid_argument));
}

TEST(HttpGet, names_the_status_of_a_refusal)
{
    const Server server{
        {text("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 4\r\n\r\ngone")}};

    EXPECT_THAT([&] { get(server.url()); },
                FailsWith(Errc::not_found, HasSubstr("the server answered 404")));
}

TEST(HttpGet, notices_a_body_cut_short)
{
    const Server server{
        {text("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 100\r\n\r\nonly this")}};

    Download download = get(server.url());
    EXPECT_THAT([&] { io::read_all(*download.body, 1000); },
                FailsWith(Errc::unavailable, HasSubstr("after 9 of 100 bytes")));
}

TEST(HttpGet, refuses_more_than_the_limit)
{
    const Server server{
        {text("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + std::string(100'000, 'x'))}};
    const auto fetch = [&] {
        Download download = get(server.url(), {.max_bytes = 1000});
        io::read_all(*download.body, 1 << 20);
    };

    EXPECT_THAT(fetch, FailsWith(Errc::exhausted));
}

TEST(HttpGet, says_when_nobody_answers)
{
    std::string url;
    {
        const Server server{{}};
        url = server.url();
    }

    EXPECT_THAT([&] { get(url); }, FailsWith(Errc::unavailable, HasSubstr(url)));
}

TEST(HttpGet, stops_when_asked_to)
{
    const Server server{
        {text("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 100\r\n\r\n")}};
    std::stop_source stop;
    Download download = get(server.url(), {.stop = stop.get_token()});

    stop.request_stop();

    EXPECT_THAT([&] { io::read_all(*download.body, 1000); }, FailsWith(Errc::cancelled));
}

TEST(HttpGet, goes_through_the_proxy_of_the_environment)
{
    const Server proxy{{text(ok("from the proxy"))}};
    ::setenv("HTTP_PROXY", proxy.url().c_str(), 1);

    const std::string body = io::read_all(*get("http://nowhere.invalid/file").body, 100);

    ::unsetenv("HTTP_PROXY");
    EXPECT_EQ(body, "from the proxy");
    EXPECT_THAT(proxy.requests, HasSubstr("GET http://nowhere.invalid/file"));
}

TEST(HttpIsUrl, knows_http_and_https_in_any_case)
{
    EXPECT_TRUE(is_url("http://x"));
    EXPECT_TRUE(is_url("HTTPS://x"));
    EXPECT_FALSE(is_url("ftp://x"));
    EXPECT_FALSE(is_url("./http://x"));
}

} // namespace
} // namespace strata::http
