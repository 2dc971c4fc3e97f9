// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.hpp"
#include "base/strings.hpp"
#include "sys/fd.hpp"
#include "sys/socket.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <cstdint>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strata::http::testing {

/// An answer as it came over the wire.
struct RawResponse {
    int status = 0;   // 0: the connection ended without one
    std::string head; // status line and fields, with their line ends
    std::string body; // chunks put together
    bool complete = false;

    /// The value of a field, or nothing.
    std::optional<std::string> field(std::string_view name) const
    {
        for (const std::string& line : split(head, '\n')) {
            const auto parts = split_once(line, ':');
            if (parts && equal_ignoring_case(parts->first, name)) {
                return std::string{trim(parts->second)};
            }
        }
        return std::nullopt;
    }
};

/// A connection to a server, of which a test chooses every byte. What does not come within a minute
/// fails the test.
class RawClient {
public:
    /// To "127.0.0.1:41873".
    explicit RawClient(const std::string& address)
    {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        to.sin_port =
            htons(parse_integer<std::uint16_t>(address.substr(address.rfind(':') + 1)).value());
        socket_ = sys::Fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        const timeval patience{60, 0};
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        const int on = 1; // every send() is a packet
        ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (::connect(socket_.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
            throw_errno("connect to {}", address);
        }
    }
    explicit RawClient(sys::Fd socket) : socket_{std::move(socket)} {}

    /// What cannot be sent because the server has gone is dropped: the answer may be there already.
    void send(std::string_view text)
    {
        while (!text.empty()) {
            const ssize_t sent = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0) {
                return;
            }
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
    }

    void finish_sending() { sys::finish_sending(socket_); }

    /// Goes away as by accident.
    void reset()
    {
        const linger at_once{1, 0};
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        socket_.reset();
    }

    RawResponse ask(std::string_view request)
    {
        send(request);
        return read_response();
    }

    /// The next answer; `to_head` when it is one to HEAD, which has a length but no body.
    RawResponse read_response(bool to_head = false)
    {
        RawResponse response;
        const std::string head = take_until("\r\n\r\n");
        if (!head.starts_with("HTTP/1.1 ") || head.size() < 12) {
            return response;
        }
        response.head = head;
        response.status = parse_integer<int>(head.substr(9, 3)).value_or(0);
        const bool empty =
            to_head || response.status < 200 || response.status == 204 || response.status == 304;
        if (empty) {
            response.complete = true;
        } else if (response.field("Transfer-Encoding")) {
            read_chunks(response);
        } else if (const auto length = response.field("Content-Length")) {
            const auto size = parse_integer<std::size_t>(*length).value();
            response.body = take(size);
            response.complete = response.body.size() == size;
        } else {
            response.body = read_to_end();
            response.complete = !broken_;
        }
        return response;
    }

    /// Everything until the server ends the connection.
    std::string read_to_end()
    {
        while (receive()) {
        }
        return std::exchange(input_, {});
    }

    /// Whether the server has ended it, properly or not; waits for it. False if it sends instead.
    bool is_closed() { return input_.empty() && !receive(); }
    /// Whether what ended it was an accident (RST).
    bool broken() const { return broken_; }

    const sys::Fd& socket() const { return socket_; }

private:
    bool receive()
    {
        std::string piece(64 << 10, '\0');
        const ssize_t got = ::recv(socket_.get(), piece.data(), piece.size(), 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
            throw Error{Errc::unavailable, "the server does not answer"};
        }
        broken_ = broken_ || got < 0;
        if (got <= 0) {
            return false;
        }
        input_.append(piece, 0, static_cast<std::size_t>(got));
        return true;
    }

    std::string take(std::size_t count)
    {
        while (input_.size() < count && receive()) {
        }
        const std::string taken = input_.substr(0, count);
        input_.erase(0, count);
        return taken;
    }

    std::string take_until(std::string_view mark)
    {
        while (input_.find(mark) == std::string::npos) {
            if (!receive()) {
                return std::exchange(input_, {});
            }
        }
        return take(input_.find(mark) + mark.size());
    }

    void read_chunks(RawResponse& response)
    {
        for (;;) {
            const std::string line = take_until("\r\n");
            if (!line.ends_with("\r\n")) {
                return;
            }
            const std::size_t size = std::stoul(line, nullptr, 16);
            const std::string data = take(size + 2);
            if (data.size() != size + 2) {
                response.body += data;
                return;
            }
            response.body.append(data, 0, size);
            if (size == 0) {
                response.complete = true;
                return;
            }
        }
    }

    sys::Fd socket_;
    std::string input_;
    bool broken_ = false;
};

} // namespace strata::http::testing
